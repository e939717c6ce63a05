/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IO polling for bio-based device-mapper devices.
 */
#ifndef DM_POLL_H
#define DM_POLL_H

#include "dm-core.h"

/**
 * dm_poll_admit - keep a bio polled only if the live table polls
 * @md: device that @bio was submitted to
 * @bio: bio that is about to be mapped
 *
 * The block layer looked at QUEUE_FLAG_POLL when the bio came; the table may
 * have been replaced since.
 *
 * Context: md->io_barrier held for reading, the device found not suspended. If
 * the table was replaced, the grace period in dm_sync_table() lies between the
 * change of ->poll_fn and the resume that let this reader in, so no barrier is
 * needed here to see that change.
 */
static inline void dm_poll_admit(struct mapped_device *md, struct bio *bio)
{
	if ((bio->bi_opf & REQ_HIPRI) && !READ_ONCE(md->queue->poll_fn))
		bio->bi_opf &= ~REQ_HIPRI;
}

void dm_table_set_poll(struct dm_table *t, struct request_queue *q);

#endif /* DM_POLL_H */
