/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Passing a polled bio on itself, without a clone.
 */
#ifndef DM_POLL_REMAP_H
#define DM_POLL_REMAP_H

#include "dm-core.h"

/* How many parts of a bio are not issued yet at most. */
#define DM_REMAP_PARTS	16

bool __dm_poll_remap(struct dm_table *map, struct bio *bio);
int dm_poll_remap_init(void);
void dm_poll_remap_exit(void);

/**
 * dm_poll_remap - pass a polled bio on itself, without a clone
 * @map: the live table
 * @bio: bio that is about to be mapped
 *
 * Return: true if @bio was passed on: it is no longer the caller's. False if it
 * has to be cloned, as every bio that is not polled.
 *
 * Context: called by ->submit_bio(), with md->io_barrier held for reading and
 * the device found not suspended.
 */
static inline bool dm_poll_remap(struct dm_table *map, struct bio *bio)
{
	return (bio->bi_opf & REQ_HIPRI) && __dm_poll_remap(map, bio);
}

/* What it needs of dm.c. */
sector_t dm_max_io_len(struct dm_target *ti, sector_t sector);

#endif /* DM_POLL_REMAP_H */
