// SPDX-License-Identifier: GPL-2.0
/*
 * IO polling for bio-based device-mapper devices.
 */
#include <linux/blk-poll.h>

#include "dm-core.h"
#include "dm-poll.h"

/*
 * Poll each device of the live table once.
 *
 * Called under RCU (see blk_poll_stacked()), which keeps the live table and its
 * list of devices: __bind() and __unbind() publish md->map and then wait for a
 * grace period in dm_sync_table() before the old table is destroyed. The list
 * of a table with this poll_fn never changes while the table is live: that is
 * part of what a target type promises with DM_TARGET_POLL.
 *
 * @q's own mapped_device is there because the caller has it open, or because a
 * live table further up does.
 */
static int dm_poll(struct request_queue *q, blk_qc_t cookie)
{
	struct mapped_device *md = q->queuedata;
	struct dm_table *t = rcu_dereference(md->map);
	struct dm_dev_internal *dd;
	int found = 0;

	if (!t)
		return 0;
	list_for_each_entry(dd, dm_table_get_devices(t), list)
		found += blk_poll_lower(bdev_get_queue(dd->dm_dev->bdev),
					cookie);
	return found;
}

static int device_not_poll_capable(struct dm_target *ti, struct dm_dev *dev,
				   sector_t start, sector_t len, void *data)
{
	struct request_queue *q = bdev_get_queue(dev->bdev);

	return !test_bit(QUEUE_FLAG_POLL, &q->queue_flags);
}

/*
 * A table polls if each target's type opted in and each device below polls.
 * iterate_devices() stops at the first non-zero answer, hence the question
 * is asked in the negative.
 */
static bool dm_table_supports_poll(struct dm_table *t)
{
	unsigned int i, n = dm_table_get_num_targets(t);

	for (i = 0; i < n; i++) {
		struct dm_target *ti = dm_table_get_target(t, i);

		if (!dm_target_supports_poll(ti->type) ||
		    !ti->type->iterate_devices ||
		    ti->type->iterate_devices(ti, device_not_poll_capable,
					      NULL))
			return false;
	}
	return n > 0;
}

/**
 * dm_table_set_poll - make a queue follow the pollability of its table
 * @t: the table that is going live, or will
 * @q: request queue of @t's mapped device
 *
 * Polling is turned on last and off first, so that a bio which keeps REQ_HIPRI
 * always finds a ->poll_fn. It is turned off only while no IO is in flight
 * (@q's device is suspended, or has no table yet), so nothing polled is left
 * behind. A poller that still runs dm_poll() ends before @t can be used:
 * __bind() waits for a grace period after this.
 *
 * Context: md->suspend_lock or md->type_lock held, device not taking IO.
 */
void dm_table_set_poll(struct dm_table *t, struct request_queue *q)
{
	if (dm_table_supports_poll(t)) {
		WRITE_ONCE(q->poll_fn, dm_poll);
		blk_queue_flag_set(QUEUE_FLAG_POLL, q);
	} else {
		blk_queue_flag_clear(QUEUE_FLAG_POLL, q);
		WRITE_ONCE(q->poll_fn, NULL);
	}
}
