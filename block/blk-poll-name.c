// SPDX-License-Identifier: GPL-2.0
/*
 * From the names of hw queues to their queues.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include "blk-mq-poll.h"
#include "blk-poll-name.h"

/*
 * Queues with polled hw queues, by request_queue->id. Ids are small: each is the
 * smallest that was free. Read under RCU; an array and not an xarray because each
 * poll for an exact name looks here.
 */
struct blk_poll_names __rcu *blk_poll_names;
static DEFINE_MUTEX(names_mutex);

/* The array, large enough for an id. NULL if there is no memory. */
static struct blk_poll_names *names_for(unsigned int id)
{
	struct blk_poll_names *old, *new;
	unsigned int nr = roundup_pow_of_two(id + 1);

	old = rcu_dereference_protected(blk_poll_names,
					lockdep_is_held(&names_mutex));
	if (old && id < old->nr)
		return old;
	new = kzalloc(struct_size(new, queues, nr), GFP_NOIO | __GFP_NOWARN);
	if (!new)
		return NULL;
	new->nr = nr;
	if (old)
		memcpy(new->queues, old->queues, old->nr * sizeof(*old->queues));
	rcu_assign_pointer(blk_poll_names, new);
	if (old)
		kfree_rcu(old, rcu);
	return new;
}

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
	struct blk_poll_names *names;
	struct blk_mq_hw_ctx *hctx;
	blk_qc_t set = 0;
	unsigned int i;

	if (q->mq_ops->poll)
		queue_for_each_poll_hw_ctx(q, hctx, i)
			set |= blk_poll_set_of(q->id, i);
	WRITE_ONCE(q->poll_set, set);
	if (!set || q->id >> BLK_POLL_ID_BITS)
		return;
	mutex_lock(&names_mutex);
	names = names_for(q->id);
	if (names)
		rcu_assign_pointer(names->queues[q->id], q);
	mutex_unlock(&names_mutex);
}

/**
 * blk_poll_forget_queue - names lead to this queue no more
 * @q: queue that is about to be freed, but not before an RCU grace period
 *
 * Context: process context, before q->id can be used again.
 */
void blk_poll_forget_queue(struct request_queue *q)
{
	struct blk_poll_names *names;

	mutex_lock(&names_mutex);
	names = rcu_dereference_protected(blk_poll_names,
					  lockdep_is_held(&names_mutex));
	if (names && q->id < names->nr)
		RCU_INIT_POINTER(names->queues[q->id], NULL);
	mutex_unlock(&names_mutex);
}
