// SPDX-License-Identifier: GPL-2.0
/*
 * IO polling for bio-based device-mapper devices.
 */
#include "dm-poll.h"

/*
 * Is a device a partition of a disk that is there earlier in the list? Then they
 * have one queue between them, which was polled already.
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
 * Poll each device of the live table once for the hw queues in a set.
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
static int dm_poll(struct request_queue *q, blk_qc_t set)
{
	struct mapped_device *md = q->queuedata;
	struct dm_table *t = rcu_dereference(md->map);
	struct dm_dev_internal *dd;
	int found = 0;

	if (!t)
		return 0;
	list_for_each_entry(dd, dm_table_get_devices(t), list)
		if (!dm_poll_seen(dm_table_get_devices(t), dd))
			found += blk_poll_lower(bdev_get_queue(dd->dm_dev->bdev),
						set);
	return found;
}

/* Is polling on in all devices of the live table? Called under RCU, as above. */
static bool dm_poll_enabled(struct request_queue *q)
{
	struct mapped_device *md = q->queuedata;
	struct dm_table *t = rcu_dereference(md->map);
	struct dm_dev_internal *dd;

	if (!t)
		return true;
	list_for_each_entry(dd, dm_table_get_devices(t), list)
		if (!blk_queue_poll_enabled(bdev_get_queue(dd->dm_dev->bdev)))
			return false;
	return true;
}

static int device_not_poll_capable(struct dm_target *ti, struct dm_dev *dev,
				   sector_t start, sector_t len, void *data)
{
	return !blk_queue_can_poll(bdev_get_queue(dev->bdev));
}

/*
 * A table can poll if each target's type opted in and each device below can.
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
 * ->poll_fn says that the table can poll, QUEUE_FLAG_POLL that it shall. The
 * flag is the user's (queue/io_poll), so a table that can poll in place of one
 * that could, too, leaves it as it is.
 *
 * The functions are set before the flag and cleared after it, so that a bio
 * which keeps REQ_HIPRI always finds a ->poll_fn. They are cleared only while
 * no IO is in flight (@q's device is suspended, or has no table yet), so nothing
 * polled is left behind. A poller that still runs dm_poll() ends before @t can
 * be used: __bind() waits for a grace period after this.
 *
 * Context: md->suspend_lock or md->type_lock held, device not taking IO.
 */
void dm_table_set_poll(struct dm_table *t, struct request_queue *q)
{
	if (!dm_table_supports_poll(t)) {
		blk_queue_flag_clear(QUEUE_FLAG_POLL, q);
		WRITE_ONCE(q->poll_fn, NULL);
		WRITE_ONCE(q->poll_enabled_fn, NULL);
	} else if (!q->poll_fn) {
		WRITE_ONCE(q->poll_enabled_fn, dm_poll_enabled);
		WRITE_ONCE(q->poll_fn, dm_poll);
		blk_queue_flag_set(QUEUE_FLAG_POLL, q);
	}
}

static void dm_poll_reap(struct work_struct *work)
{
	struct mapped_device *md = container_of(work, struct mapped_device,
						poll_reaper.work);

	blk_poll_stacked(md->queue, BLK_QC_T_ALL);
	schedule_delayed_work(&md->poll_reaper, 1);
}

/**
 * dm_poll_reap_start - poll for a device until told to stop
 * @md: a device whose IO the caller is about to wait for
 *
 * Polled IO completes when its submitter polls. A submitter that is stopped, or
 * busy elsewhere, must not make others wait, so whoever waits for the IO of a
 * device has it polled: once per tick, which a submitter that does poll hardly
 * notices. It is a work item and not part of a wait loop because the wait may
 * be anywhere: in freezing the file system, or in draining the bios.
 *
 * Context: md->suspend_lock held, which makes this the only user of the work
 * item, until dm_poll_reap_stop().
 */
void dm_poll_reap_start(struct mapped_device *md)
{
	INIT_DELAYED_WORK(&md->poll_reaper, dm_poll_reap);
	if (READ_ONCE(md->queue->poll_fn))
		schedule_delayed_work(&md->poll_reaper, 1);
}

/**
 * dm_poll_reap_stop - end what dm_poll_reap_start() started
 * @md: the same device
 *
 * Context: md->suspend_lock held; sleeps while a round of polling ends.
 */
void dm_poll_reap_stop(struct mapped_device *md)
{
	cancel_delayed_work_sync(&md->poll_reaper);
}
