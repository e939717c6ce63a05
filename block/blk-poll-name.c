// SPDX-License-Identifier: GPL-2.0
/*
 * From the names of hw queues to their queues.
 */
#include <linux/xarray.h>

#include "blk-mq-poll.h"
#include "blk-poll-name.h"

/* Queues with polled hw queues, by request_queue->id. Read under RCU. */
static DEFINE_XARRAY(named_queues);

/**
 * blk_poll_reserve_name - have memory to find a queue by its id
 * @q: blk-mq queue that is being made
 *
 * So that blk_poll_name_queue() cannot fail. A queue that cannot poll needs
 * none.
 *
 * Context: process context, sleeps. blk_poll_forget_queue() undoes it.
 * Return: 0 or -ENOMEM.
 */
int blk_poll_reserve_name(struct request_queue *q)
{
	return q->mq_ops->poll ? xa_reserve(&named_queues, q->id, GFP_KERNEL) :
				 0;
}

/**
 * blk_poll_name_queue - name the polled hw queues of a queue
 * @q: blk-mq queue whose hw queues have just been mapped
 *
 * Puts the set of all of them into @q->poll_set, and lets
 * blk_poll_enter_named() find @q. The memory for that was reserved.
 *
 * @q->poll_set changes with no IO in flight only, so each cookie comes of the
 * value that its poller sees. A queue that once had polled hw queues stays to
 * be found: what a name leads to is looked at by hctx type anyway.
 *
 * Context: process context; nothing in flight in @q, which may be frozen.
 */
void blk_poll_name_queue(struct request_queue *q)
{
	struct blk_mq_hw_ctx *hctx;
	blk_qc_t set = 0;
	unsigned int i;

	if (!q->mq_ops->poll)
		return;
	queue_for_each_poll_hw_ctx(q, hctx, i)
		set |= blk_poll_set_of(q->id, i);
	WRITE_ONCE(q->poll_set, set);
	if (set)
		xa_store(&named_queues, q->id, q, GFP_NOWAIT);
}

/**
 * blk_poll_forget_queue - names lead to this queue no more
 * @q: queue that is about to be freed, but not before an RCU grace period
 *
 * Context: process context, before q->id can be used again.
 */
void blk_poll_forget_queue(struct request_queue *q)
{
	xa_erase(&named_queues, q->id);
}

/**
 * blk_poll_enter_named - find the queue of a hw queue, and keep its hw queues
 * @name: exact name
 *
 * RCU keeps the queue, and its usage counter, for as long as it takes to get a
 * reference on that; blk_release_queue() forgets it before it has it freed by
 * RCU.
 *
 * The counter is taken with percpu_ref_tryget(), not with blk_queue_enter(): a
 * queue that is being frozen waits for the very IO that this poller completes, so
 * polling must go on while it freezes. Success means that IO is in flight or that
 * the queue is live, and that neither blk_cleanup_queue() nor a change of
 * nr_hw_queues can get past its freeze: the hw queues stay as they are. Failure
 * means that nothing is in flight, so there is nothing to poll for.
 *
 * Context: any.
 * Return: the queue, for blk_queue_exit(); or NULL if it is gone or drained.
 */
struct request_queue *blk_poll_enter_named(blk_qc_t name)
{
	struct request_queue *q;

	rcu_read_lock();
	q = xa_load(&named_queues, blk_poll_name_id(name));
	if (q && !percpu_ref_tryget(&q->q_usage_counter))
		q = NULL;
	rcu_read_unlock();
	return q;
}
