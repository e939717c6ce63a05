// SPDX-License-Identifier: GPL-2.0
/*
 * IO polling of NVMe multipath devices.
 *
 * A head passes the caller's own bio on to a path, so the bio comes out with the
 * cookie that the path's queue gave it. All that is left to do is to lead a poller
 * to the paths.
 */
#include <linux/blk-poll.h>

#include "nvme.h"

/*
 * Visits all paths, as the bios of one cookie may have gone to several.
 *
 * SRCU keeps the paths: nvme_ns_remove() takes a path off the list, and waits for
 * a grace period before it takes the path's queue down. ->poll() may sleep.
 *
 * The head itself is there because the caller has @q's device open.
 */
static void nvme_mpath_poll(struct request_queue *q, struct blk_poll_walk *walk)
{
	struct nvme_ns_head *head = q->queuedata;
	struct nvme_ns *ns;
	int srcu_idx;

	srcu_idx = srcu_read_lock(&head->srcu);
	list_for_each_entry_rcu(ns, &head->list, siblings,
				srcu_read_lock_held(&head->srcu))
		blk_poll_lower(ns->queue, walk);
	srcu_read_unlock(&head->srcu, srcu_idx);
}

/**
 * nvme_mpath_update_poll - let a head poll if one of its paths can
 * @ns: path that was found, or looked at anew
 *
 * The paths of a head may differ, and each comes and goes by itself. A bio for a
 * path that cannot poll completes by interrupt, as the block layer sees to. So a
 * head polls from the first path that can on, and queue/io_poll, which asks the
 * paths, tells whether all of them do now.
 *
 * QUEUE_FLAG_POLL is the user's (queue/io_poll). It is set once, as is
 * QUEUE_FLAG_NOWAIT, without which io_uring's polled bios would be refused. The
 * function is set before the flag, so that a bio that keeps REQ_HIPRI finds it.
 *
 * Context: process context; the head's queue is frozen, by one path at a time or
 * by several: what they write is the same.
 */
void nvme_mpath_update_poll(struct nvme_ns *ns)
{
	struct request_queue *q = ns->head->disk->queue;

	if (q->poll_fn || !blk_queue_can_poll(ns->queue))
		return;
	WRITE_ONCE(q->poll_fn, nvme_mpath_poll);
	blk_queue_flag_set(QUEUE_FLAG_NOWAIT, q);
	blk_queue_flag_set(QUEUE_FLAG_POLL, q);
}
