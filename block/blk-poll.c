// SPDX-License-Identifier: GPL-2.0
/*
 * Polling for IO completions through stacked (bio-based) block devices.
 *
 * blk_poll() on a bio-based queue comes here. The way down is
 *
 *	blk_poll_stacked()
 *	  poll_named()		if the cookie names one hw queue; if several:
 *	  blk_poll_lower()	a bio-based queue: its driver's
 *	    ->poll_fn()		calls, for each device that the driver lies on,
 *	      blk_poll_lower()	a bio-based queue again, or a disk:
 *	        poll_set()	those of its hw queues that are named
 *
 * Nothing on this way holds a bio or a request. RCU is not held over ->poll() of
 * a disk's driver, which may sleep.
 */
#include <linux/blk-poll.h>

#include "blk.h"
#include "blk-mq-poll.h"
#include "blk-poll-name.h"

/*
 * More queues than any stack has that one would build. Where each level lies on
 * two devices that lie on the same two, the number doubles with each level; the
 * rest is left to the net of blk-poll-net.c then.
 */
#define MAX_VISITS	4096

/**
 * blk_queue_can_poll - does a queue have polled hw queues?
 * @q: queue of a device that the caller has open
 *
 * Answers by structure, whatever QUEUE_FLAG_POLL says at the moment.
 *
 * Context: any.
 * Return: true if @q has polled hw queues, or is bio-based and all that lies
 * below it has some.
 */
bool blk_queue_can_poll(struct request_queue *q)
{
	return READ_ONCE(q->poll_fn) || READ_ONCE(q->poll_set);
}
EXPORT_SYMBOL_GPL(blk_queue_can_poll);

/* Poll the hw queues of a disk that are in a set, once each. */
static int poll_set(struct request_queue *q, blk_qc_t set)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned int i;
	int found = 0;

	if (!percpu_ref_tryget(&q->q_usage_counter))
		return 0;
	queue_for_each_poll_hw_ctx(q, hctx, i) {
		if (!blk_poll_in_set(set, q->id, i))
			continue;
		hctx->poll_considered++;
		found += max(blk_mq_poll_hctx(q, hctx), 0);
	}
	blk_queue_exit(q);
	return found;
}

/* Poll the one hw queue that is named, if it still is a polled one. */
static int poll_named(blk_qc_t name)
{
	struct request_queue *q = blk_poll_enter_named(name);
	unsigned int i = blk_poll_name_hctx(name);
	int found = 0;

	if (!q)
		return 0;
	if (i < q->nr_hw_queues &&
	    q->queue_hw_ctx[i]->type == HCTX_TYPE_POLL) {
		q->queue_hw_ctx[i]->poll_considered++;
		found = blk_mq_poll_hctx(q, q->queue_hw_ctx[i]);
	}
	blk_queue_exit(q);
	return max(found, 0);
}

/**
 * blk_poll_lower - visit a queue on the way down through a stack of devices
 * @q: queue of a lower device, bio-based or blk-mq
 * @walk: what to do, and what came of it so far
 *
 * For use by a driver's ->poll_fn(), once for each device it lies on.
 *
 * Lifetime: the caller keeps the device of @q open, until this returns.
 *
 * Context: process context; may sleep for as long as ->poll() of a disk's driver
 * does.
 */
void blk_poll_lower(struct request_queue *q, struct blk_poll_walk *walk)
{
	poll_q_fn *poll_fn = READ_ONCE(q->poll_fn);

	if (walk->visits++ == MAX_VISITS)
		walk->visits = MAX_VISITS;
	else if (poll_fn)
		poll_fn(q, walk);
	/* bit 31, which tells sets from exact names, is in both */
	else if (READ_ONCE(q->poll_set) & walk->set & ~BLK_POLL_SET)
		walk->found += poll_set(q, walk->set);
	if (!test_bit(QUEUE_FLAG_POLL, &q->queue_flags) ||
	    !blk_queue_can_poll(q))
		walk->off = true;
}
EXPORT_SYMBOL_GPL(blk_poll_lower);

/**
 * blk_queue_poll_enabled - is polled IO submitted to a queue now polled?
 * @q: queue of a device that the caller has open
 *
 * A bio-based queue polls if polling is on for itself, and for all below it. A
 * disk polls if it is on, and the disk has polled hw queues: a reset may have
 * taken them away.
 *
 * Context: process context.
 * Return: true if so.
 */
bool blk_queue_poll_enabled(struct request_queue *q)
{
	struct blk_poll_walk walk = { };

	blk_poll_lower(q, &walk);
	return !walk.off;
}

/**
 * blk_poll_stacked - poll once what a cookie names
 * @q: bio-based queue; the caller has its device open
 * @cookie: what submit_bio() returned for it, not BLK_QC_T_NONE
 *
 * An exact name leads straight to its hw queue, however many devices lie in
 * between. A set is looked for in all devices below.
 *
 * ->poll() may sleep, hence TASK_RUNNING. So a wake-up meanwhile does not show
 * in the task's state, and the caller has to look at its IO after each pass: this
 * does not spin.
 *
 * Context: process context; may sleep.
 * Return: number of completions found, or 1 if the caller shall look at its IO and
 * come back; 0 if it shall schedule first. The task is TASK_RUNNING.
 */
int blk_poll_stacked(struct request_queue *q, blk_qc_t cookie)
{
	struct blk_poll_walk walk = { .set = cookie };

	__set_current_state(TASK_RUNNING);
	if (blk_poll_is_set(cookie))
		blk_poll_lower(q, &walk);
	else
		walk.found = poll_named(cookie);
	if (walk.found)
		return walk.found;
	cpu_relax();
	return !need_resched();
}

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
