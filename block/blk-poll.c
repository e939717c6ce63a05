// SPDX-License-Identifier: GPL-2.0
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 *
 * blk_poll() on a bio-based queue comes here. The way down is
 *
 *	blk_poll_stacked()	RCU starts
 *	  ->poll_fn()		the driver, for each device it lies on:
 *	    blk_poll_lower()	a bio-based queue again, or a leaf:
 *	      blk_mq_poll_queue()
 *
 * Nothing on this way holds a bio, a request or a table. What makes it safe is
 * said at blk_poll_lower() and blk_poll_stacked().
 */
#include <linux/blk-poll.h>

#include "blk.h"
#include "blk-mq-poll.h"

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
 * A bio-based queue polls if polling is on for itself, and for all below it.
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
		return true;
	rcu_read_lock();
	enabled = READ_ONCE(q->poll_enabled_fn);
	ret = enabled && enabled(q);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(blk_queue_poll_enabled);

/**
 * blk_poll_lower - poll a queue on behalf of the device that is stacked on it
 * @q: queue of a lower device, bio-based or blk-mq
 * @cookie: cookie of the bio submitted to the uppermost device
 *
 * For use by a driver's ->poll_fn(), once for each device it lies on.
 *
 * Lifetime: the caller is inside the RCU read-side critical section that
 * ->poll_fn() is called in, and found @q through something that is only torn
 * down after a grace period. A request queue and its usage counter are freed
 * by RCU too, so @q can be looked at even if its disk was removed meanwhile.
 *
 * The usage counter is taken with percpu_ref_tryget(), not with
 * blk_queue_enter(): a queue that is being frozen waits for the very IO that
 * this poller completes, so polling must go on while it freezes. Success means
 * that IO is in flight or that the queue is live, and that neither
 * blk_cleanup_queue() nor a change of nr_hw_queues can get past its freeze:
 * the hw queues stay as they are. Failure means that nothing is in flight, so
 * there is nothing to poll for.
 *
 * Context: RCU read-side critical section in process context; does not sleep.
 * Return: number of completions found.
 */
int blk_poll_lower(struct request_queue *q, blk_qc_t cookie)
{
	poll_q_fn *poll_fn = READ_ONCE(q->poll_fn);
	int found;

	if (poll_fn)
		return poll_fn(q, cookie);
	if (!queue_is_mq(q) || !q->mq_ops->poll)
		return 0;
	if (!percpu_ref_tryget(&q->q_usage_counter))
		return 0;
	found = blk_mq_poll_queue(q);
	blk_queue_exit(q);
	return found;
}
EXPORT_SYMBOL_GPL(blk_poll_lower);

/**
 * blk_poll_stacked - poll everything below a bio-based queue once
 * @q: bio-based queue; the caller has its device open
 * @cookie: what submit_bio() returned
 *
 * ->poll_fn() is looked up and called in one RCU read-side critical section: a
 * driver that clears it, or changes what it walks, and then waits for a grace
 * period knows that no poller is left inside.
 *
 * Completions run here, as they would in an interrupt: bio end_io functions
 * never sleep, hence may run under RCU.
 *
 * Context: process context, in whatever task state the caller set.
 * Return: number of completions found.
 */
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie)
{
	int found;

	rcu_read_lock();
	found = blk_poll_lower(q, cookie);
	rcu_read_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(blk_poll_stacked);
