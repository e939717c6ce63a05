// SPDX-License-Identifier: GPL-2.0
/*
 * Polling the hw queues of one blk-mq queue.
 */
#include "blk-mq-poll.h"

/**
 * blk_mq_poll_queue - poll every polled hw queue of a queue once
 * @q: blk-mq request queue whose driver has a ->poll()
 *
 * For a poller that does not know which hw queues its IO went to.
 *
 * Context: process context. The caller holds a reference on
 * @q->q_usage_counter.
 * Return: number of completions found.
 */
int blk_mq_poll_queue(struct request_queue *q)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned int i;
	int found = 0;

	queue_for_each_poll_hw_ctx(q, hctx, i) {
		int ret;

		hctx->poll_considered++;
		ret = blk_mq_poll_hctx(q, hctx);
		if (ret > 0)
			found += ret;
	}
	return found;
}
