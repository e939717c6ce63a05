/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polling the hw queues of one blk-mq queue.
 */
#ifndef BLK_MQ_POLL_H
#define BLK_MQ_POLL_H

#include <linux/blk-mq.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

/**
 * blk_mq_next_poll_hctx - find the next polled hw queue
 * @q: blk-mq request queue
 * @i: in: index in @q->queue_hw_ctx to start from; out: index of the result
 *
 * The type decides, not the poll map of the tag set: the map says what the
 * driver asked for, and after a change of nr_hw_queues may name hw queues that
 * @q does not have. An interrupt-driven hw queue must never be returned: its
 * driver's ->poll() may take a lock that its interrupt handler takes too.
 *
 * Context: any. The caller holds a reference on @q->q_usage_counter, so that
 * the hw queues can be neither freed nor remapped.
 * Return: the hw queue, or NULL if there is none left.
 */
static inline struct blk_mq_hw_ctx *
blk_mq_next_poll_hctx(struct request_queue *q, unsigned int *i)
{
	for (; *i < q->nr_hw_queues; (*i)++)
		if (q->queue_hw_ctx[*i]->type == HCTX_TYPE_POLL)
			return q->queue_hw_ctx[*i];
	return NULL;
}

/**
 * queue_for_each_poll_hw_ctx - iterate over the polled hw queues of a queue
 * @q: blk-mq request queue; the caller holds a reference on q_usage_counter
 * @hctx: &struct blk_mq_hw_ctx cursor
 * @i: unsigned int cursor: the index of @hctx in @q->queue_hw_ctx
 */
#define queue_for_each_poll_hw_ctx(q, hctx, i)				\
	for ((i) = 0; ((hctx) = blk_mq_next_poll_hctx(q, &(i))); (i)++)

/**
 * blk_mq_poll_hctx - ask the driver once for completions of a polled hw queue
 * @q: queue of @hctx
 * @hctx: hw queue of type HCTX_TYPE_POLL
 *
 * A driver quiesces the queue before it takes apart what ->poll() needs, such as
 * a socket, and from then on completes IO by itself. blk_mq_quiesce_queue() waits
 * for whoever is in here, as it does for whoever is in ->queue_rq(): by SRCU if the
 * driver may sleep there, else by RCU. Nobody waits for IO while the queue is
 * quiesced: who freezes it, too, does that first. A driver that starts the queue
 * again before all is there, as nvme-tcp and nvme-rdma do, looks in ->poll().
 *
 * The counters are statistics for debugfs; pollers on several CPUs may lose
 * increments to each other.
 *
 * Context: process context; may sleep if the driver has BLK_MQ_F_BLOCKING, as
 * nvme-tcp does. The caller keeps @hctx alive by other means than RCU.
 * Return: number of completions found; 0 if none; < 0 if polling is over.
 */
static inline int blk_mq_poll_hctx(struct request_queue *q,
				   struct blk_mq_hw_ctx *hctx)
{
	bool sleeps = hctx->flags & BLK_MQ_F_BLOCKING;
	int ret = 0, idx = 0;

	hctx->poll_invoked++;
	if (sleeps)
		idx = srcu_read_lock(hctx->srcu);
	else
		rcu_read_lock();
	if (!blk_queue_quiesced(q))
		ret = q->mq_ops->poll(hctx);
	if (sleeps)
		srcu_read_unlock(hctx->srcu, idx);
	else
		rcu_read_unlock();
	if (ret > 0)
		hctx->poll_success++;
	return ret;
}

#endif /* BLK_MQ_POLL_H */
