// SPDX-License-Identifier: GPL-2.0
/*
 * IO polling for md arrays that pass the caller's own bios on to their members.
 *
 * The personality's ->member() names those members. The bio, or each part of it,
 * comes out with the cookie that the member's queue gave it, so all that is left
 * to do here is to lead a poller to the members.
 */
#include <linux/blk-poll.h>
#include <linux/srcu.h>

#include "md.h"

/*
 * Held over a visit to the members, which may sleep; md_poll_stop() waits for
 * it. One for all arrays: whoever waits is about to stop an array or to change
 * its level, and a visit takes no longer than one ->poll() of each disk.
 */
DEFINE_STATIC_SRCU(md_poll_srcu);

/*
 * ->poll_fn is looked at again under SRCU: if it is there, md_poll_stop() has
 * not yet waited, and ->pers and ->private stay until the visit is over.
 * smp_load_acquire() pairs with the release in md_poll_start(): who sees the
 * function sees the personality and its private data, too.
 *
 * @q's own mddev is there because the caller has its device open. The members
 * are open for as long as the array runs.
 */
static void md_poll(struct request_queue *q, struct blk_poll_walk *walk)
{
	struct mddev *mddev = q->queuedata;
	struct md_rdev *rdev;
	int idx, i;

	idx = srcu_read_lock(&md_poll_srcu);
	/* pairs with md_poll_start() */
	if (smp_load_acquire(&q->poll_fn))
		for (i = 0; (rdev = mddev->pers->member(mddev, i)); i++)
			blk_poll_lower(bdev_get_queue(rdev->bdev), walk);
	srcu_read_unlock(&md_poll_srcu, idx);
}

/* Polled IO of io_uring is REQ_NOWAIT, too: a member that refuses it cannot poll. */
static bool md_can_poll(struct mddev *mddev)
{
	struct md_rdev *rdev;
	int i;

	if (!mddev->pers->member)
		return false;
	for (i = 0; (rdev = mddev->pers->member(mddev, i)); i++) {
		struct request_queue *q = bdev_get_queue(rdev->bdev);

		if (!blk_queue_can_poll(q) || !blk_queue_nowait(q))
			return false;
	}
	return i > 0;
}

/**
 * md_poll_start - make a queue follow what its array can do
 * @mddev: array with a personality that was just started
 *
 * ->poll_fn says that the array can poll, QUEUE_FLAG_POLL that it shall. The
 * latter is the user's (queue/io_poll): an array that can poll, in place of one
 * that could, leaves it as it is. QUEUE_FLAG_NOWAIT tells the two apart, since
 * nobody but this function changes it.
 *
 * The function is set before the flag, so that a bio which keeps REQ_HIPRI always
 * finds one.
 *
 * Called after members were added, too.
 *
 * Context: process context; @mddev takes no IO yet, or is suspended.
 */
void md_poll_start(struct mddev *mddev)
{
	struct request_queue *q = mddev->queue;

	if (!q)		/* dm-raid's, which has a queue of its own */
		return;
	if (!md_can_poll(mddev)) {
		blk_queue_flag_clear(QUEUE_FLAG_POLL, q);
		blk_queue_flag_clear(QUEUE_FLAG_NOWAIT, q);
		return;
	}
	/* after ->pers and ->private; pairs with md_poll() */
	smp_store_release(&q->poll_fn, md_poll);
	if (!blk_queue_nowait(q)) {
		blk_queue_flag_set(QUEUE_FLAG_NOWAIT, q);
		blk_queue_flag_set(QUEUE_FLAG_POLL, q);
	}
}
EXPORT_SYMBOL_GPL(md_poll_start);

/**
 * md_poll_stop - let no poller look at the members any more
 * @mddev: array whose personality is about to go
 *
 * IO that is still in flight is polled by its exact name, or by whoever waits for
 * it, or is found by the net of blk-poll-net.c.
 *
 * Context: process context; may sleep until a visit to all members is over.
 */
void md_poll_stop(struct mddev *mddev)
{
	if (!mddev->queue || !mddev->queue->poll_fn)
		return;
	WRITE_ONCE(mddev->queue->poll_fn, NULL);
	synchronize_srcu(&md_poll_srcu);
}
