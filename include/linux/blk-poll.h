/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 */
#ifndef _LINUX_BLK_POLL_H
#define _LINUX_BLK_POLL_H

#include <linux/blkdev.h>

/**
 * struct blk_poll_walk - one way down through a stack of devices
 * @set: cookie: poll those hw queues that it names; 0: ask if polling is on
 * @visits: queues visited so far
 * @found: completions found so far
 * @off: polling is off in at least one queue visited
 */
struct blk_poll_walk {
	blk_qc_t	set;
	unsigned int	visits;
	int		found;
	bool		off;
};

bool blk_queue_can_poll(struct request_queue *q);
bool blk_queue_poll_enabled(struct request_queue *q);
void blk_poll_lower(struct request_queue *q, struct blk_poll_walk *walk);
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie);
blk_qc_t blk_poll_merge_cookies(struct request_queue *q, blk_qc_t old,
				blk_qc_t new);

#endif /* _LINUX_BLK_POLL_H */
