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
 * blk_poll_name_queue - name the polled hw queues of a queue
 * @q: blk-mq queue whose hw queues have just been mapped
 *
 * Puts the set of all of them into @q->poll_set, and lets
 * blk_poll_find_queue() find @q. If there is no memory for that, a poll for an
 * exact name polls all that is below the device, which is slow and right.
 *
 * @q->poll_set changes with no IO in flight only, so each cookie comes of the
 * value that its poller sees. A queue that once had polled hw queues stays to
 * be found: what a name leads to is looked at by hctx type anyway.
 *
 * Context: process context; nothing in flight in @q, which may be frozen: an
 * allocation must not wait for its IO.
 */
void blk_poll_name_queue(struct request_queue *q)
{
	struct blk_mq_hw_ctx *hctx;
	blk_qc_t set = 0;
	unsigned int i;

	if (q->mq_ops->poll)
		queue_for_each_poll_hw_ctx(q, hctx, i)
			set |= blk_poll_set_of(q->id, i);
	WRITE_ONCE(q->poll_set, set);
	if (set)
		xa_store(&named_queues, q->id, q, GFP_NOIO | __GFP_NOWARN);
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
 * blk_poll_find_queue - the queue of a named hw queue
 * @name: exact name
 *
 * Context: RCU read-side critical section, to the end of which the result can
 * be looked at. To use its hw queues takes a reference on its q_usage_counter.
 * Return: the queue, or NULL if it is gone.
 */
struct request_queue *blk_poll_find_queue(blk_qc_t name)
{
	return xa_load(&named_queues, blk_poll_id(name));
}
