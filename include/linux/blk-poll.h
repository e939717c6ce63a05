/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 */
#ifndef _LINUX_BLK_POLL_H
#define _LINUX_BLK_POLL_H

#include <linux/blkdev.h>

/*
 * The cookie that names every hw queue, for whoever polls for the IO of others.
 * It is a set: see block/blk-poll-name.h.
 */
#define BLK_QC_T_ALL	(BLK_QC_T_NONE - 1)

/**
 * bio_clear_polled - have a bio completed by interrupt after all
 * @bio: a bio that is about to be submitted
 *
 * For whoever submits a bio that its owner submitted before, from a context of
 * its own: a work queue, mostly. The owner's cookie does not name the hw queue
 * that the bio goes to now, and a synchronous owner may be asleep; nobody would
 * poll for it.
 *
 * An asynchronous polled bio has REQ_NOWAIT because it is polled, and may wait
 * from now on; kept, it would fail on a queue further down without NOWAIT.
 */
static inline void bio_clear_polled(struct bio *bio)
{
	if (bio->bi_opf & REQ_HIPRI)
		bio->bi_opf &= ~(REQ_HIPRI | REQ_NOWAIT);
}

bool blk_queue_can_poll(struct request_queue *q);
bool blk_queue_poll_enabled(struct request_queue *q);
int blk_poll_lower(struct request_queue *q, blk_qc_t set);
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie);
blk_qc_t blk_poll_merge_cookies(struct request_queue *q, blk_qc_t old,
				blk_qc_t new);

#endif /* _LINUX_BLK_POLL_H */
