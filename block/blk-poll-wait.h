/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting for what polled IO holds.
 */
#ifndef BLK_POLL_WAIT_H
#define BLK_POLL_WAIT_H

#include "blk-mq-poll.h"

/**
 * blk_poll_wait_for_tag - wait for a tag of a hw queue
 * @hctx: hw queue; the caller is inside the q_usage_counter of its queue
 *
 * The tags of a polled hw queue come back when somebody polls. That may be
 * nobody but the waiter: they may belong to earlier parts of its own bio, which
 * can be polled for only when all parts are sent, or to a task that is stopped.
 * So it polls. Where it finds nothing, it sleeps for a tick, or less if a tag
 * comes back: whoever has the tags may need this CPU to go on.
 *
 * ->poll() may sleep, hence TASK_RUNNING. A wake-up that comes before the
 * task's state is set again is lost; that costs a tick.
 *
 * Context: process context, on the wait queue of the tags. The caller has just
 * seen that there is no tag, and looks again before the next call, for the hw
 * queue of the CPU it is on then.
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
	if (blk_mq_poll_hctx(hctx->queue, hctx) > 0) {
		cond_resched();
		return;
	}
	set_current_state(TASK_UNINTERRUPTIBLE);
	io_schedule_timeout(1);
}

#endif /* BLK_POLL_WAIT_H */
