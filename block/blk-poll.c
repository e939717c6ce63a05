// SPDX-License-Identifier: GPL-2.0
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 *
 * blk_poll() on a bio-based queue comes here. The way down is
 *
 *	blk_poll_stacked()	RCU starts
 *	  poll_leaf()		if the cookie names one hw queue; if several:
 *	  ->poll_fn()		the driver, for each device it lies on:
 *	    blk_poll_lower()	a bio-based queue again, or a leaf:
 *	      poll_leaf()	those of its hw queues that are named
 *
 * Nothing on this way holds a bio, a request or a table. What makes it safe is
 * said at blk_poll_lower() and blk_poll_stacked().
 */
#include <linux/blk-poll.h>

#include "blk.h"
#include "blk-mq-poll.h"
#include "blk-poll-name.h"

/**
 * blk_queue_can_poll - does a queue have polled hw queues?
 * @q: queue of a device that the caller has open
 *
 * Answers by structure, whatever QUEUE_FLAG_POLL says at the moment.
 *
 * Context: may sleep, until a queue that is frozen for a while goes on.
 * Return: true if @q has polled hw queues, or is bio-based and all that lies
 * below it has some.
 */
bool blk_queue_can_poll(struct request_queue *q)
{
	unsigned int i = 0;
	bool found;

	if (!queue_is_mq(q))
		return READ_ONCE(q->poll_fn);
	if (!q->mq_ops->poll || blk_queue_enter(q, 0))
		return false;
	found = blk_mq_poll_hctx_at(q, &i);
	blk_queue_exit(q);
	return found;
}
EXPORT_SYMBOL_GPL(blk_queue_can_poll);

/**
 * blk_queue_poll_enabled - is polled IO submitted to a queue now polled?
 * @q: queue of a device that the caller has open
 *
 * A bio-based queue polls if polling is on for itself, and for all below it. A
 * disk polls if it is on, and the disk has polled hw queues: a reset may have
 * taken them away.
 *
 * Context: any.
 * Return: true if so.
 */
bool blk_queue_poll_enabled(struct request_queue *q)
{
	poll_enabled_fn *enabled;
	bool ret;

	if (!test_bit(QUEUE_FLAG_POLL, &q->queue_flags))
		return false;
	if (queue_is_mq(q))
		return READ_ONCE(q->poll_set);
	rcu_read_lock();
	enabled = READ_ONCE(q->poll_enabled_fn);
	ret = enabled && enabled(q);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(blk_queue_poll_enabled);

/* Poll the hw queues of a leaf that are in a set, once each. */
static int poll_set(struct request_queue *q, blk_qc_t set)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned int i;
	int found = 0;

	queue_for_each_poll_hw_ctx(q, hctx, i) {
		int ret;

		if (!blk_poll_in_set(set, q->id, i))
			continue;
		hctx->poll_considered++;
		ret = blk_mq_poll_hctx(q, hctx);
		if (ret > 0)
			found += ret;
	}
	return found;
}

/* Poll the one hw queue of a leaf that is named, if it still is a polled one. */
static int poll_named(struct request_queue *q, blk_qc_t name)
{
	struct blk_mq_hw_ctx *hctx;

	if (blk_poll_hctx(name) >= q->nr_hw_queues)
		return 0;
	hctx = q->queue_hw_ctx[blk_poll_hctx(name)];
	if (hctx->type != HCTX_TYPE_POLL)
		return 0;
	hctx->poll_considered++;
	return max(blk_mq_poll_hctx(q, hctx), 0);
}

/*
 * The usage counter is taken with percpu_ref_tryget(), not with
 * blk_queue_enter(): a queue that is being frozen waits for the very IO that
 * this poller completes, so polling must go on while it freezes. Success means
 * that IO is in flight or that the queue is live, and that neither
 * blk_cleanup_queue() nor a change of nr_hw_queues can get past its freeze:
 * the hw queues stay as they are. Failure means that nothing is in flight, so
 * there is nothing to poll for.
 */
static int poll_leaf(struct request_queue *q, blk_qc_t cookie)
{
	int found;

	if (!percpu_ref_tryget(&q->q_usage_counter))
		return 0;
	found = blk_poll_is_set(cookie) ? poll_set(q, cookie) :
					  poll_named(q, cookie);
	blk_queue_exit(q);
	return found;
}

/**
 * blk_poll_lower - poll a queue on behalf of the device that is stacked on it
 * @q: queue of a lower device, bio-based or blk-mq
 * @set: cookie of the bio submitted to the uppermost device
 *
 * For use by a driver's ->poll_fn(), once for each device it lies on.
 *
 * Lifetime: the caller is inside the RCU read-side critical section that
 * ->poll_fn() is called in, and found @q through something that is only torn
 * down after a grace period. A request queue and its usage counter are freed
 * by RCU too, so @q can be looked at even if its disk was removed meanwhile.
 *
 * Context: RCU read-side critical section in process context; does not sleep.
 * Return: number of completions found.
 */
int blk_poll_lower(struct request_queue *q, blk_qc_t set)
{
	poll_q_fn *poll_fn = READ_ONCE(q->poll_fn);

	if (poll_fn)
		return poll_fn(q, set);
	/* bit 31, which tells sets from exact names, is in both */
	if (!(READ_ONCE(q->poll_set) & set & ~BLK_POLL_SET))
		return 0;
	return poll_leaf(q, set);
}
EXPORT_SYMBOL_GPL(blk_poll_lower);

/**
 * blk_poll_stacked - poll once what a cookie names
 * @q: bio-based queue, or with BLK_QC_T_ALL any; the caller has its device open
 * @cookie: what submit_bio() returned, not BLK_QC_T_NONE
 *
 * An exact name leads straight to its hw queue, however many devices lie in
 * between. A set is looked for in all devices below. Without a queue of that
 * name, it is either gone, and its IO with it, or could not be registered:
 * hence poll everything.
 *
 * Names are resolved, and ->poll_fn() is looked up and called, in one RCU
 * read-side critical section: a driver that clears it, or changes what it walks,
 * and then waits for a grace period knows that no poller is left inside.
 *
 * Completions run here, as they would in an interrupt: bio end_io functions
 * never sleep, hence may run under RCU.
 *
 * Context: process context, in whatever task state the caller set.
 * Return: number of completions found.
 */
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie)
{
	struct request_queue *leaf = NULL;
	int found;

	rcu_read_lock();
	if (!blk_poll_is_set(cookie)) {
		leaf = blk_poll_find_queue(cookie);
		if (!leaf)
			cookie = BLK_QC_T_ALL;
	}
	found = leaf ? poll_leaf(leaf, cookie) : blk_poll_lower(q, cookie);
	rcu_read_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(blk_poll_stacked);

/**
 * blk_poll_merge_cookies - the cookie to poll with for several bios of one IO
 * @q: queue that they were all submitted to
 * @old: for the bios so far; BLK_QC_T_NONE for none
 * @new: what submit_bio() returned for the next one
 *
 * To a blk-mq queue that is the last cookie that is valid, since one can hold no
 * more. The cookie of a bio-based queue can name all hw queues.
 *
 * Context: any.
 * Return: the cookie.
 */
blk_qc_t blk_poll_merge_cookies(struct request_queue *q, blk_qc_t old,
				blk_qc_t new)
{
	if (queue_is_mq(q))
		return blk_qc_t_valid(new) ? new : old;
	return blk_poll_merge(old, new);
}
EXPORT_SYMBOL_GPL(blk_poll_merge_cookies);
