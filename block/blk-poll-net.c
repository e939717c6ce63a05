// SPDX-License-Identifier: GPL-2.0
/*
 * A net for polled IO that nobody polls for.
 *
 * Polled IO completes when its owner polls. If the owner is stopped, or itself
 * waits for something that waits for that IO (a truncate, a freeze of a file
 * system, of a queue, a limit of a cgroup), or lost the cookie, then the IO lies
 * there until the driver's timeout, and with it all who wait for it. Instead of
 * looking for each of those cases, have the hw queue polled once per tick.
 *
 * The timer that finds requests which timed out does that: it is pending while
 * requests are in flight, its work item keeps the queue, and it runs while the
 * queue is being frozen. For polled requests it goes off once per tick.
 *
 * Who waits for IO that nobody polls for may wait for one after the other: a
 * submitter that io.latency lets have one request at a time, a part of a split bio
 * while its queue is frozen again and again. So where a tick finds completions,
 * the next ticks take a jiffy each, until one finds nothing in flight, or that
 * somebody polls.
 */
#include <linux/debugfs.h>

#include "blk.h"
#include "blk-mq.h"
#include "blk-mq-poll.h"
#include "blk-mq-tag.h"
#include "blk-poll-net.h"

/* The tick. 0 is for tests: it takes the net away. */
u32 blk_poll_net_ms = 100;

/* Is a request in flight for a tick or longer? The timeout keeps its start. */
static bool is_late(struct request *rq, unsigned long tick)
{
	unsigned long start = READ_ONCE(rq->deadline) - rq->timeout;

	return blk_mq_rq_state(rq) == MQ_RQ_IN_FLIGHT &&
	       time_after_eq(jiffies, start + tick);
}

/*
 * Any request on a polled hw queue keeps the timer going, started or not: this
 * may run between the arming of the timer and the start.
 */
static bool look_for_late(struct blk_mq_hw_ctx *hctx, struct request *rq,
			  void *ms, bool reserved)
{
	if (hctx->type != HCTX_TYPE_POLL)
		return true;
	hctx->poll_busy = true;
	if (is_late(rq, blk_poll_net_tick(hctx, *(u32 *)ms)))
		hctx->poll_late = true;
	return true;
}

/*
 * Poll a hw queue with late requests, unless somebody did since the last tick:
 * that one has found what there was, whoever owns it. Return the next tick in
 * jiffies, 0 if there is nothing to look after.
 */
static unsigned long attend_hctx(struct request_queue *q,
				 struct blk_mq_hw_ctx *hctx, u32 ms)
{
	bool busy = hctx->poll_busy, late = hctx->poll_late;

	hctx->poll_busy = false;
	hctx->poll_late = false;
	if (!busy || hctx->poll_invoked != hctx->poll_seen) {
		WRITE_ONCE(hctx->poll_unattended, false);
	} else if (late && blk_mq_poll_hctx(q, hctx) > 0) {
		hctx->poll_rescued++;
		WRITE_ONCE(hctx->poll_unattended, true);
	}
	hctx->poll_seen = hctx->poll_invoked;
	return busy ? blk_poll_net_tick(hctx, ms) : 0;
}

/**
 * blk_poll_net_run - poll for late IO that nobody polls for
 * @q: blk-mq queue
 * @next: in: when the timer of @q has to go off, 0 for never; out: the same, but
 *	one tick from now at most if polled requests are in flight
 *
 * What the hw queues have for the net is written here alone.
 *
 * Context: the timeout work of @q, which holds a reference on q_usage_counter.
 */
void blk_poll_net_run(struct request_queue *q, unsigned long *next)
{
	u32 ms = READ_ONCE(blk_poll_net_ms);
	struct blk_mq_hw_ctx *hctx;
	unsigned long tick = 0;
	unsigned int i = 0;

	if (!ms || !q->mq_ops->poll || !blk_mq_next_poll_hctx(q, &i))
		return;
	blk_mq_queue_tag_busy_iter(q, look_for_late, &ms);
	queue_for_each_poll_hw_ctx(q, hctx, i)
		tick = min_not_zero(tick, attend_hctx(q, hctx, ms));
	if (tick && (!*next || time_before(jiffies + tick, *next)))
		*next = jiffies + tick;
}

static int __init blk_poll_net_init(void)
{
	debugfs_create_u32("poll_net_ms", 0600, blk_debugfs_root,
			   &blk_poll_net_ms);
	return 0;
}
device_initcall(blk_poll_net_init);
