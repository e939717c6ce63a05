/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IO polling for bio-based device-mapper devices.
 */
#ifndef DM_POLL_H
#define DM_POLL_H

#include <linux/blk-poll.h>

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
		bio_clear_polled(bio);
}

/*
 * A bio that is split goes on in rounds: after each part the rest is submitted
 * anew, so that no clone has to wait for memory which others hold that cannot be
 * issued before. That doubles the cost of a part. The parts of a polled bio are
 * all mapped in one round: its targets never wait, and neither do its clones. If
 * there is no memory for one at once, the rest takes the rounds.
 */
static inline gfp_t dm_poll_clone_gfp(struct dm_io *io)
{
	/* the first clone is part of @io */
	return io->tio.io && (io->orig_bio->bi_opf & REQ_HIPRI) ? GFP_NOWAIT :
								  GFP_NOIO;
}

/* Is it time to submit the rest anew? @error is what the last part ended with. */
static inline bool dm_poll_splits(struct bio *bio, int *error)
{
	if (*error == -EBUSY) {
		*error = 0;
		return true;
	}
	return !*error && !(bio->bi_opf & REQ_HIPRI);
}

void dm_table_set_poll(struct dm_table *t, struct request_queue *q);
void dm_poll_reap_start(struct mapped_device *md);
void dm_poll_reap_stop(struct mapped_device *md);

#endif /* DM_POLL_H */
