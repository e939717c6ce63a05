/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A net for polled IO that nobody polls for.
 */
#ifndef BLK_POLL_NET_H
#define BLK_POLL_NET_H

#include <linux/blkdev.h>
#include <linux/jiffies.h>

extern u32 blk_poll_net_ms;

/**
 * blk_poll_net_tick - after how long is a request of a hw queue late?
 * @hctx: hw queue of type HCTX_TYPE_POLL
 * @ms: blk_poll_net_ms, not 0
 *
 * Return: jiffies.
 */
static inline unsigned long blk_poll_net_tick(struct blk_mq_hw_ctx *hctx, u32 ms)
{
	return READ_ONCE(hctx->poll_unattended) ? 1 : msecs_to_jiffies(ms);
}

/**
 * blk_poll_net_arm - does the net look after a request?
 * @rq: request that is about to be started
 * @expiry: out, if so: when the queue's timer has to go off
 *
 * The net must see @rq, or the caller must see that the timer is not pending:
 *
 *	caller				timer and its work item
 *	tag and reference of @rq	timer not pending
 *	smp_mb()			(barriers of queueing and starting a work)
 *	timer pending?			look for requests
 *
 * Context: any. @rq has its tag.
 * Return: true if @rq is polled for.
 */
static inline bool blk_poll_net_arm(struct request *rq, unsigned long *expiry)
{
	u32 ms;

	if (!(rq->cmd_flags & REQ_HIPRI))
		return false;
	ms = READ_ONCE(blk_poll_net_ms);
	if (!ms)
		return false;
	*expiry = jiffies + blk_poll_net_tick(rq->mq_hctx, ms);
	/* the tag before the timer: pairs with the timer's work item, see above */
	smp_mb();
	return true;
}

void blk_poll_net_run(struct request_queue *q, unsigned long *next);

#endif /* BLK_POLL_NET_H */
