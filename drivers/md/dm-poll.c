// SPDX-License-Identifier: GPL-2.0
/*
 * IO polling for bio-based device-mapper devices.
 */
#include <linux/blk-poll.h>

#include "dm-poll.h"

/*
 * Is a device a partition of a disk that is there earlier in the list? Then they
 * have one queue between them, which was visited already.
 */
static bool dm_poll_seen(struct list_head *devices, struct dm_dev_internal *dd)
{
	struct dm_dev_internal *earlier = dd;

	if (!bdev_is_partition(dd->dm_dev->bdev))
		return false;
	list_for_each_entry_continue_reverse(earlier, devices, list)
		if (bdev_get_queue(earlier->dm_dev->bdev) ==
		    bdev_get_queue(dd->dm_dev->bdev))
			return true;
	return false;
}

/*
 * Visit each device of the live table once.
 *
 * dm_get_live_table() keeps the table, and with it its devices open, by SRCU:
 * what is below may sleep. A table that is replaced waits for this to end, which
 * takes no longer than one ->poll() of each disk. The list of devices of a table
 * with this poll_fn never changes while the table is live: that is part of what
 * a target type promises with DM_TARGET_POLL.
 *
 * @q's own mapped_device is there because the caller has it open.
 */
static void dm_poll(struct request_queue *q, struct blk_poll_walk *walk)
{
	struct mapped_device *md = q->queuedata;
	struct dm_dev_internal *dd;
	struct dm_table *t;
	int srcu_idx;

	t = dm_get_live_table(md, &srcu_idx);
	if (t) {
		list_for_each_entry(dd, dm_table_get_devices(t), list)
			if (!dm_poll_seen(dm_table_get_devices(t), dd))
				blk_poll_lower(bdev_get_queue(dd->dm_dev->bdev),
					       walk);
	}
	dm_put_live_table(md, srcu_idx);
}

static int device_not_poll_capable(struct dm_target *ti, struct dm_dev *dev,
				   sector_t start, sector_t len, void *data)
{
	return !blk_queue_can_poll(bdev_get_queue(dev->bdev));
}

/*
 * A table can poll if each target's type opted in and each device below can. One
 * that is request-based (multipath) has requests of its own, in hw queues that do
 * not poll.
 * iterate_devices() stops at the first non-zero answer, hence the question
 * is asked in the negative.
 */
static bool dm_table_supports_poll(struct dm_table *t)
{
	unsigned int i, n = dm_table_get_num_targets(t);

	if (dm_table_request_based(t))
		return false;
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
 * ->poll_fn says that the table can poll, QUEUE_FLAG_POLL that it shall. The
 * flag is the user's (queue/io_poll), so a table that can poll in place of one
 * that could, too, leaves it as it is.
 *
 * The function is set before the flag and cleared after it, so that a bio
 * which keeps REQ_HIPRI always finds a ->poll_fn. It is cleared only while no IO
 * is in flight (@q's device is suspended, or has no table yet), so nothing polled
 * is left behind. A poller that still runs dm_poll() ends before the table it
 * walks is destroyed: __bind() waits for it.
 *
 * Context: md->suspend_lock or md->type_lock held, device not taking IO. Does not
 * wait for IO of the devices below, which may be frozen.
 */
void dm_table_set_poll(struct dm_table *t, struct request_queue *q)
{
	if (!dm_table_supports_poll(t)) {
		blk_queue_flag_clear(QUEUE_FLAG_POLL, q);
		WRITE_ONCE(q->poll_fn, NULL);
	} else if (!q->poll_fn) {
		WRITE_ONCE(q->poll_fn, dm_poll);
		blk_queue_flag_set(QUEUE_FLAG_POLL, q);
	}
}
