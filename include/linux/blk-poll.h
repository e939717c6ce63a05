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
int blk_poll_lower(struct request_queue *q, blk_qc_t cookie);
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie);

#endif /* _LINUX_BLK_POLL_H */
