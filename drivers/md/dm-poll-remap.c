// SPDX-License-Identifier: GPL-2.0
/*
 * Passing a polled bio on itself, without a clone.
 *
 * A target that can poll does no more to a read or write than to set its disk
 * and its sector. So a bio that lies within one target needs no clone of dm's: it
 * goes to the disk below itself, and gets back what its owner knows of it when it
 * ends. Where the target splits it, into chunks, the last part is the bio itself,
 * and the others are bare bios. It is accounted like one that is cloned.
 */
#include <linux/bio.h>
#include <linux/blk-crypto.h>
#include <linux/slab.h>
#include <trace/events/block.h>

#include "dm-poll-remap.h"

/*
 * What a bio was before it was passed on. It belongs to the bio: dm_poll_remap()
 * uses it until the bio is submitted, then the end of the bio, or of the last
 * one of its parts.
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

	/* where the bio was split: */
	blk_status_t		status;	/* of any of the parts that failed */
	atomic_t		parts;	/* that have not ended */
	struct bio		*bio;	/* the last part */
};

/*
 * Flags that say what one device made of a bio. The device below begins without
 * them, as with a clone; and its own are not the owner's.
 */
#define DM_REMAP_FLAGS	((1U << BIO_THROTTLED) | (1U << BIO_TRACE_COMPLETION) | \
			 (1U << BIO_CGROUP_ACCT) | (1U << BIO_TRACKED))

static struct kmem_cache *dm_remap_cache, *dm_remap_part_cache;

/* The disk that may have failed is still @bio's. */
static void dm_remap_target_end_io(struct dm_target *ti, struct bio *bio)
{
	dm_endio_fn end_io = ti->type->end_io;

	if (end_io)
		WARN_ON_ONCE(end_io(ti, bio, &bio->bi_status) != DM_ENDIO_DONE);
}

/*
 * As end_io_acct() of a bio that is cloned, but that dm-stats do not watch: they
 * are turned on while nothing is in flight.
 */
static void dm_remap_end_acct(struct mapped_device *md, struct bio *bio,
			      unsigned long start_time)
{
	/* pairs with smp_rmb() of who waits for @md's IO: what we did to it is done */
	smp_wmb();
	bio_end_io_acct(bio, start_time);
	if (unlikely(wq_has_sleeper(&md->wait)))
		wake_up(&md->wait);
}

/* Give @bio back to its owner. */
static void dm_remap_end(struct dm_remap *r, struct bio *bio)
{
	struct mapped_device *md = r->ti->table->md;
	unsigned long start_time = r->start_time;

	bio->bi_disk = md->disk;
	bio->bi_partno = 0;
	bio->bi_opf = r->opf;
	bio->bi_flags = (bio->bi_flags & ~DM_REMAP_FLAGS) | r->flags;
	bio->bi_iter = r->iter;
	bio->bi_end_io = r->end_io;
	bio->bi_private = r->private;
	kmem_cache_free(dm_remap_cache, r);

	/* from here on @md's table may go */
	dm_remap_end_acct(md, bio, start_time);
	bio_endio(bio);
}

static void dm_remap_endio(struct bio *bio)
{
	struct dm_remap *r = bio->bi_private;

	dm_remap_target_end_io(r->ti, bio);
	dm_remap_end(r, bio);
}

/*
 * The parts end in any order, at the same time on several CPUs. What one wrote to
 * @r is seen by the one that ends last, as atomic_dec_and_test() is a full barrier.
 */
static void dm_remap_part_endio(struct bio *bio)
{
	struct dm_remap *r = bio->bi_private;

	dm_remap_target_end_io(r->ti, bio);
	if (unlikely(bio->bi_status))
		WRITE_ONCE(r->status, bio->bi_status);
	if (bio != r->bio)
		kmem_cache_free(dm_remap_part_cache, bio);
	if (!atomic_dec_and_test(&r->parts))
		return;
	r->bio->bi_status = r->status;
	dm_remap_end(r, r->bio);
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

/* Into how many parts does @ti split @bio? 0: not within @ti, or too many. */
static unsigned int dm_remap_count(struct dm_target *ti, struct bio *bio)
{
	sector_t sector = bio->bi_iter.bi_sector, end = bio_end_sector(bio);
	unsigned int parts;

	if (end > ti->begin + ti->len)
		return 0;
	for (parts = 0; sector < end && parts <= DM_REMAP_PARTS; parts++)
		sector += dm_max_io_len(ti, sector);
	return parts <= DM_REMAP_PARTS ? parts : 0;
}

static void dm_remap_free_parts(struct bio_list *parts)
{
	struct bio *part;

	while ((part = bio_list_pop(parts)))
		kmem_cache_free(dm_remap_part_cache, part);
}

/* Bios for all parts but the last one; all of them or none. */
static bool dm_remap_alloc_parts(struct bio_list *parts, unsigned int count)
{
	while (--count) {
		struct bio *part = kmem_cache_alloc(dm_remap_part_cache,
						    GFP_NOWAIT | __GFP_NOWARN);

		if (!part) {
			dm_remap_free_parts(parts);
			return false;
		}
		bio_list_add(parts, part);
	}
	return true;
}

/* Save what @bio is, and make it one that ends in dm_remap_endio(). */
static struct dm_remap *dm_remap_begin(struct dm_target *ti, struct bio *bio)
{
	struct dm_remap *r = kmem_cache_alloc(dm_remap_cache,
					      GFP_NOWAIT | __GFP_NOWARN);

	if (!r)
		return NULL;
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
	return r;
}

static void dm_remap_submit(struct dm_target *ti, struct bio *bio)
{
	sector_t sector = bio->bi_iter.bi_sector;

	switch (ti->type->map(ti, bio)) {
	case DM_MAPIO_REMAPPED:
		trace_block_bio_remap(bio->bi_disk->queue, bio,
				      disk_devt(ti->table->md->disk), sector);
		/* returns no cookie, as the caller is its ->submit_bio() */
		submit_bio_noacct(bio);
		break;
	case DM_MAPIO_SUBMITTED:
		break;
	default:
		bio_io_error(bio);
	}
}

/* Submit the first part of @bio by @part; what is left of @bio is the rest. */
static void dm_remap_submit_part(struct dm_remap *r, struct bio *part)
{
	sector_t len = dm_max_io_len(r->ti, r->bio->bi_iter.bi_sector);

	bio_init(part, NULL, 0);
	__bio_clone_fast(part, r->bio);
	part->bi_iter.bi_size = to_bytes(len);
	part->bi_end_io = dm_remap_part_endio;
	part->bi_private = r;
	bio_advance(r->bio, to_bytes(len));
	dm_remap_submit(r->ti, part);
}

/* dm_poll_remap() of a bio that @ti splits, or that does not end in @ti. */
static noinline bool dm_remap_split(struct dm_target *ti, struct bio *bio)
{
	unsigned int count = dm_remap_count(ti, bio);
	struct bio_list parts = BIO_EMPTY_LIST;
	struct dm_remap *r;
	struct bio *part;

	if (!count || !dm_remap_alloc_parts(&parts, count))
		return false;
	r = dm_remap_begin(ti, bio);
	if (!r) {
		dm_remap_free_parts(&parts);
		return false;
	}

	r->bio = bio;
	r->status = BLK_STS_OK;
	atomic_set(&r->parts, count);
	bio->bi_end_io = dm_remap_part_endio;
	while ((part = bio_list_pop(&parts)))
		dm_remap_submit_part(r, part);
	dm_remap_submit(ti, bio);
	return true;
}

/* The part of dm_poll_remap() for polled bios. */
bool __dm_poll_remap(struct dm_table *map, struct bio *bio)
{
	struct dm_target *ti;

	if (dm_remap_needs_clone(map->md, bio))
		return false;
	ti = dm_table_find_target(map, bio->bi_iter.bi_sector);
	if (!ti || ti->per_io_data_size)	/* which is beside a clone */
		return false;
	if (dm_max_io_len(ti, bio->bi_iter.bi_sector) < bio_sectors(bio))
		return dm_remap_split(ti, bio);
	if (!dm_remap_begin(ti, bio))
		return false;
	dm_remap_submit(ti, bio);
	return true;
}

int __init dm_poll_remap_init(void)
{
	dm_remap_cache = KMEM_CACHE(dm_remap, 0);
	dm_remap_part_cache = kmem_cache_create("dm_remap_part",
						sizeof(struct bio), 0, 0, NULL);
	if (dm_remap_cache && dm_remap_part_cache)
		return 0;
	dm_poll_remap_exit();
	return -ENOMEM;
}

void dm_poll_remap_exit(void)
{
	kmem_cache_destroy(dm_remap_part_cache);
	kmem_cache_destroy(dm_remap_cache);
}
