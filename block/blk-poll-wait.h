/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting while polled IO is in flight.
 *
 * What a submitter waits for may be held by polled IO that nobody but itself
 * would poll for: earlier parts of its own bio, which can only be polled for
 * when all parts are sent, or IO of a task that is stopped. So it polls.
 */
#ifndef BLK_POLL_WAIT_H
#define BLK_POLL_WAIT_H

#include <linux/blk-poll.h>

#include "blk-mq-poll.h"

/**
 * blk_poll_wait_for_tag - wait for a tag of a hw queue
 * @hctx: hw queue; the caller is inside the q_usage_counter of its queue
 *
 * Those of a polled hw queue come back when somebody polls; the others by
 * interrupt.
 *
 * Context: process context, on the wait queue of the tags, in the task state for
 * io_schedule(). The caller has just seen that there is no tag, and looks again
 * before the next call, for the hw queue of the CPU it is on then.
 */
static inline void blk_poll_wait_for_tag(struct blk_mq_hw_ctx *hctx)
{
	if (hctx->type != HCTX_TYPE_POLL) {
		io_schedule();
		return;
	}
	__set_current_state(TASK_RUNNING);
	/* as io_schedule() does: what is plugged has tags, and is not sent */
	blk_schedule_flush_plug(current);
	blk_mq_poll_hctx(hctx->queue, hctx);
	cond_resched();
}

/**
 * blk_poll_enter_queue - enter a queue for a polled bio that may wait
 * @q: queue
 *
 * A freeze waits for all IO in flight. So poll while the queue is frozen, in
 * turns with a short sleep outside of the usage counter: with several waiters
 * inside, one after the other, it would never be zero.
 *
 * A queue that is powered down has nothing in flight.
 *
 * Context: process context; sleeps while the queue is frozen or powered down.
 * Return: 0, with a reference on @q->q_usage_counter; -ENODEV if @q is dying.
 */
static inline int blk_poll_enter_queue(struct request_queue *q)
{
	while (blk_queue_enter(q, BLK_MQ_REQ_NOWAIT)) {
		if (blk_queue_dying(q) || blk_queue_pm_only(q))
			return blk_queue_enter(q, 0);
		blk_poll_stacked(q, BLK_QC_T_ALL);
		wait_event_timeout(q->mq_freeze_wq,
				   !READ_ONCE(q->mq_freeze_depth) ||
				   blk_queue_dying(q), 1);
	}
	return 0;
}

#endif /* BLK_POLL_WAIT_H */
