/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 */
#ifndef _LINUX_BLK_POLL_H
#define _LINUX_BLK_POLL_H

#include <linux/blkdev.h>

/*
 * The cookie of a polled bio that a bio-based driver took: it names every
 * polled hw queue below. One bio may have become many requests, or none (all
 * its parts failed or were merged), so the cookie of any one part cannot stand
 * for it; and if that one is BLK_QC_T_NONE, the submitter would not poll at
 * all, and the other parts would wait for the driver's timeout.
 *
 * It is a hint, not a reference: it stays safe to poll with, and says the same,
 * whatever happens to the devices below.
 */
#define BLK_QC_T_ALL	(BLK_QC_T_NONE - 1)

/**
 * blk_queue_polls - may a queue have polled IO in flight?
 * @q: any request queue
 *
 * A bio-based queue is judged by ->poll_fn alone: QUEUE_FLAG_POLL says whether
 * *new* IO is polled, and IO submitted before the flag was cleared still needs
 * its poller.
 *
 * Return: true if it makes sense to poll @q.
 */
static inline bool blk_queue_polls(struct request_queue *q)
{
	if (queue_is_mq(q))
		return test_bit(QUEUE_FLAG_POLL, &q->queue_flags);
	return READ_ONCE(q->poll_fn);
}

int blk_poll_lower(struct request_queue *q, blk_qc_t cookie);

#endif /* _LINUX_BLK_POLL_H */
