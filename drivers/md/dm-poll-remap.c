// SPDX-License-Identifier: GPL-2.0
/*
 * Passing a polled bio on itself, without a clone.
 *
 * A target that can poll does no more to a read or write than to set its disk
 * and its sector. So a bio that lies within one target needs no clone: it goes
 * to the disk below itself, and gets back what its owner knows of it when it
 * ends. It is accounted like one that is cloned.
 */
#include <linux/bio.h>
#include <linux/blk-crypto.h>
#include <linux/slab.h>
#include <trace/events/block.h>

#include "dm-poll-remap.h"

/*
 * What a bio was before it was passed on. Its only user is the context that has
 * the bio: dm_submit_bio() until the bio is submitted, then its ->bi_end_io().
 *
 * @ti stays, as the bio is accounted as in flight: a table is destroyed only after
 * a suspend, which waits for that.
 */
struct dm_remap {
	struct dm_target	*ti;
	bio_end_io_t		*end_io;
	void			*private;
	unsigned long		start_time;
	struct bvec_iter	iter;
	unsigned int		opf;
	unsigned short		flags;
};

/*
 * Flags that say what one device made of a bio. The device below begins without
 * them, as with a clone; and its own are not the owner's.
 */
#define DM_REMAP_FLAGS	((1U << BIO_THROTTLED) | (1U << BIO_TRACE_COMPLETION) | \
			 (1U << BIO_CGROUP_ACCT) | (1U << BIO_TRACKED))

static struct kmem_cache *dm_remap_cache;

static void dm_remap_endio(struct bio *bio)
{
	struct dm_remap *r = bio->bi_private;
	struct mapped_device *md = r->ti->table->md;
	dm_endio_fn end_io = r->ti->type->end_io;
	unsigned long start_time = r->start_time;
	struct dm_stats_aux stats_aux = { };

	/* the disk that failed is still @bio's */
	if (end_io)
		WARN_ON_ONCE(end_io(r->ti, bio, &bio->bi_status) != DM_ENDIO_DONE);

	bio->bi_disk = md->disk;
	bio->bi_partno = 0;
	bio->bi_opf = r->opf;
	bio->bi_flags = (bio->bi_flags & ~DM_REMAP_FLAGS) | r->flags;
	bio->bi_iter = r->iter;
	bio->bi_end_io = r->end_io;
	bio->bi_private = r->private;
	kmem_cache_free(dm_remap_cache, r);

	/* from here on @md's table may go */
	dm_end_io_acct(md, bio, start_time, &stats_aux);
	bio_endio(bio);
}

/*
 * What needs a clone: an operation with parts of its own; data beside the bio's
 * (the bio of the owner must not lose it to the end of the bio below); a bio that
 * has children, whose status is theirs, too; an empty one.
 */
static bool dm_remap_needs_clone(struct mapped_device *md, struct bio *bio)
{
	return bio_op(bio) > REQ_OP_WRITE ||
	       (bio->bi_opf & (REQ_PREFLUSH | REQ_INTEGRITY)) ||
	       bio_has_crypt_ctx(bio) || bio_flagged(bio, BIO_CHAIN) ||
	       !bio_sectors(bio) || dm_stats_used(&md->stats);
}

/* Save what @bio is, and make it one that ends in dm_remap_endio(). */
static bool dm_remap_begin(struct dm_target *ti, struct bio *bio)
{
	struct dm_remap *r = kmem_cache_alloc(dm_remap_cache,
					      GFP_NOWAIT | __GFP_NOWARN);

	if (!r)
		return false;
	r->ti = ti;
	r->end_io = bio->bi_end_io;
	r->private = bio->bi_private;
	r->iter = bio->bi_iter;
	r->opf = bio->bi_opf;
	r->flags = bio->bi_flags & DM_REMAP_FLAGS;
	r->start_time = bio_start_io_acct(bio);

	bio->bi_flags &= ~DM_REMAP_FLAGS;
	bio->bi_end_io = dm_remap_endio;
	bio->bi_private = r;
	return true;
}

/* The part of dm_poll_remap() for polled bios. */
bool __dm_poll_remap(struct dm_table *map, struct bio *bio)
{
	sector_t sector = bio->bi_iter.bi_sector;
	struct dm_target *ti;

	if (dm_remap_needs_clone(map->md, bio))
		return false;
	ti = dm_table_find_target(map, sector);
	if (!ti || dm_max_io_len(ti, sector) < bio_sectors(bio) ||
	    !dm_remap_begin(ti, bio))
		return false;

	switch (ti->type->map(ti, bio)) {
	case DM_MAPIO_REMAPPED:
		trace_block_bio_remap(bio->bi_disk->queue, bio,
				      disk_devt(map->md->disk), sector);
		/* returns no cookie, as the caller is its ->submit_bio() */
		submit_bio_noacct(bio);
		break;
	case DM_MAPIO_SUBMITTED:
		break;
	default:
		bio_io_error(bio);
	}
	return true;
}

int __init dm_poll_remap_init(void)
{
	dm_remap_cache = KMEM_CACHE(dm_remap, 0);
	return dm_remap_cache ? 0 : -ENOMEM;
}

void dm_poll_remap_exit(void)
{
	kmem_cache_destroy(dm_remap_cache);
}
