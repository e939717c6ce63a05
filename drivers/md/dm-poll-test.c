// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what dm does to a polled bio whose table was replaced between
 * the block layer's check of the queue and dm's mapping of the bio, of how it
 * splits one, and of how it passes one on: what a test with a device cannot bring
 * about.
 */
#include <kunit/test.h>

#include "dm-poll.h"
#include "dm-poll-remap.h"
#include "dm-poll-split.h"

static void no_poll(struct request_queue *q, struct blk_poll_walk *walk)
{
}

struct admission {
	struct mapped_device	md;
	struct request_queue	q;
	struct bio		bio;
};

/* What becomes of the flags of a bio that meets a table. */
static unsigned int admitted(struct kunit *test, poll_q_fn *poll_fn,
			     unsigned int opf)
{
	struct admission *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	a->md.queue = &a->q;
	a->q.poll_fn = poll_fn;
	a->bio.bi_opf = opf;
	dm_poll_admit(&a->md, &a->bio);
	return a->bio.bi_opf;
}

static void admit_polled(struct kunit *test)
{
	const unsigned int opf = REQ_OP_WRITE | REQ_SYNC | REQ_HIPRI | REQ_NOWAIT;

	KUNIT_EXPECT_EQ(test, admitted(test, no_poll, opf), opf);
}

/* It completes by interrupt; its submitter must not wait any the more. */
static void admit_after_reload(struct kunit *test)
{
	const unsigned int opf = REQ_OP_WRITE | REQ_SYNC;

	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf | REQ_HIPRI), opf);
	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf | REQ_HIPRI | REQ_NOWAIT),
			(unsigned int)(opf | REQ_NOWAIT));
}

/* REQ_NOWAIT of a program (RWF_NOWAIT) is not dm's to drop. */
static void admit_not_polled(struct kunit *test)
{
	const unsigned int opf = REQ_OP_READ | REQ_NOWAIT;

	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf), opf);
	KUNIT_EXPECT_EQ(test, admitted(test, no_poll, opf), opf);
}

struct split {
	struct mapped_device	md;
	struct dm_io		io;
	struct bio		bio;
};

/* A polled bio of which parts are mapped, with its device's reserve of clones. */
static struct split *make_split(struct kunit *test)
{
	struct split *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	s->io.md = &s->md;
	s->io.orig_bio = &s->bio;
	s->bio.bi_opf = REQ_OP_READ | REQ_HIPRI;
	s->md.bs.bio_pool.min_nr = 16;
	s->md.bs.bio_pool.curr_nr = 16;
	return s;
}

static void split_goes_on(struct kunit *test)
{
	struct split *s = make_split(test);

	KUNIT_EXPECT_TRUE(test, dm_poll_goes_on(&s->io, 1));
	KUNIT_EXPECT_TRUE(test, dm_poll_goes_on(&s->io, DM_POLL_PARTS - 1));
	KUNIT_EXPECT_FALSE(test, dm_poll_goes_on(&s->io, DM_POLL_PARTS));
	s->bio.bi_opf &= ~REQ_HIPRI;
	KUNIT_EXPECT_FALSE(test, dm_poll_goes_on(&s->io, 1));
}

/* The reserve is for those who cannot do without. */
static void split_leaves_reserve(struct kunit *test)
{
	struct split *s = make_split(test);

	s->md.bs.bio_pool.curr_nr = 15;
	KUNIT_EXPECT_FALSE(test, dm_poll_goes_on(&s->io, 1));
}

static void split_rounds(struct kunit *test)
{
	struct split *s = make_split(test);
	int error = 0;

	KUNIT_EXPECT_FALSE(test, dm_poll_splits(&s->io, 1, &error));
	error = -EBUSY;	/* no memory for a further clone */
	KUNIT_EXPECT_TRUE(test, dm_poll_splits(&s->io, 1, &error));
	KUNIT_EXPECT_EQ(test, error, 0);
	error = -EIO;
	KUNIT_EXPECT_FALSE(test, dm_poll_splits(&s->io, 1, &error));
	KUNIT_EXPECT_EQ(test, error, -EIO);
	s->bio.bi_opf &= ~REQ_HIPRI;
	error = 0;
	KUNIT_EXPECT_TRUE(test, dm_poll_splits(&s->io, 1, &error));
}

/* Only the first clone may wait for memory: it is part of the dm_io. */
static void split_waits_for_first(struct kunit *test)
{
	struct split *s = make_split(test);

	KUNIT_EXPECT_TRUE(test, dm_poll_clone_gfp(&s->io) == GFP_NOIO);
	s->io.tio.io = &s->io;
	KUNIT_EXPECT_TRUE(test, dm_poll_clone_gfp(&s->io) == GFP_NOWAIT);
}

/* A device with one target, of sectors 0 to 1023, and a bio to it. */
struct remap {
	struct mapped_device	md;
	struct dm_table		table;
	struct target_type	type;
	struct dm_target	ti;
	sector_t		high;
	struct gendisk		*lower;
	struct bio		bio;
	struct bio		below;	/* the bio, as the target passes it on */
	struct bio		ended;	/* the bio, as its owner sees it at its end */
	blk_status_t		failed;	/* as ->end_io() of the target sees it */
	struct gendisk		*failed_disk;
};

static void remap_owner_endio(struct bio *bio)
{
	struct remap *r = container_of(bio, struct remap, bio);

	r->ended = *bio;
}

/* The device below takes the bio, changes all that it may, and fails it. */
static int remap_map(struct dm_target *ti, struct bio *bio)
{
	struct remap *r = container_of(ti, struct remap, ti);

	bio->bi_disk = r->lower;
	bio->bi_partno = 1;
	bio->bi_iter.bi_sector += 4096;
	bio->bi_iter.bi_size = 0;
	bio->bi_iter.bi_idx = 1;
	bio->bi_opf &= ~(REQ_HIPRI | REQ_NOWAIT);
	r->below = *bio;
	bio->bi_status = BLK_STS_MEDIUM;
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

static int remap_end_io(struct dm_target *ti, struct bio *bio,
			blk_status_t *error)
{
	struct remap *r = container_of(ti, struct remap, ti);

	r->failed = *error;
	r->failed_disk = bio->bi_disk;
	return DM_ENDIO_DONE;
}

static int remap_init_disks(struct remap *r)
{
	r->md.disk = alloc_disk(1);
	r->lower = alloc_disk(1);
	return r->md.disk && r->lower ? 0 : -ENOMEM;
}

static struct remap *make_remap(struct kunit *test)
{
	struct remap *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r);
	KUNIT_ASSERT_EQ(test, remap_init_disks(r), 0);
	INIT_LIST_HEAD(&r->md.stats.list);
	init_waitqueue_head(&r->md.wait);
	r->type.map = remap_map;
	r->type.end_io = remap_end_io;
	r->ti.type = &r->type;
	r->ti.table = &r->table;
	r->ti.len = 1024;
	r->high = 1023;
	r->table.md = &r->md;
	r->table.num_targets = 1;
	r->table.targets = &r->ti;
	r->table.depth = 1;
	r->table.counts[0] = 1;
	r->table.index[0] = &r->high;
	r->table.highs = &r->high;

	bio_init(&r->bio, NULL, 0);
	r->bio.bi_disk = r->md.disk;
	r->bio.bi_opf = REQ_OP_WRITE | REQ_SYNC | REQ_HIPRI | REQ_NOWAIT;
	r->bio.bi_iter.bi_sector = 512;
	r->bio.bi_iter.bi_size = 8 << SECTOR_SHIFT;
	r->bio.bi_end_io = remap_owner_endio;
	r->bio.bi_private = test;
	bio_set_flag(&r->bio, BIO_CGROUP_ACCT);
	return r;
}

static void free_remap(struct remap *r)
{
	put_disk(r->md.disk);
	put_disk(r->lower);
}

/* At the end the bio is what its owner submitted, but for its status. */
static void remap_gives_back(struct kunit *test)
{
	struct remap *r = make_remap(test);

	KUNIT_ASSERT_TRUE(test, dm_poll_remap(&r->table, &r->bio));
	KUNIT_EXPECT_FALSE(test, bio_flagged(&r->below, BIO_CGROUP_ACCT));
	KUNIT_EXPECT_TRUE(test, r->failed == BLK_STS_MEDIUM);
	KUNIT_EXPECT_PTR_EQ(test, r->failed_disk, r->lower);

	KUNIT_EXPECT_TRUE(test, r->ended.bi_status == BLK_STS_MEDIUM);
	KUNIT_EXPECT_PTR_EQ(test, r->ended.bi_disk, r->md.disk);
	KUNIT_EXPECT_EQ(test, (int)r->ended.bi_partno, 0);
	KUNIT_EXPECT_PTR_EQ(test, r->ended.bi_private, (void *)test);
	KUNIT_EXPECT_EQ(test, r->ended.bi_opf, (unsigned int)
			(REQ_OP_WRITE | REQ_SYNC | REQ_HIPRI | REQ_NOWAIT));
	KUNIT_EXPECT_EQ(test, r->ended.bi_iter.bi_sector, (sector_t)512);
	KUNIT_EXPECT_EQ(test, r->ended.bi_iter.bi_size, 8U << SECTOR_SHIFT);
	KUNIT_EXPECT_EQ(test, r->ended.bi_iter.bi_idx, 0U);
	KUNIT_EXPECT_TRUE(test, bio_flagged(&r->ended, BIO_CGROUP_ACCT));
	free_remap(r);
}

/* What has to be cloned stays as it is. */
static void remap_needs_clone(struct kunit *test)
{
	struct remap *r = make_remap(test);
	const struct bio bio = r->bio;
	LIST_HEAD(stats);

	r->bio.bi_opf &= ~REQ_HIPRI;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_opf = bio.bi_opf | REQ_PREFLUSH;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_opf = bio.bi_opf | REQ_INTEGRITY;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_opf = REQ_OP_DISCARD | REQ_HIPRI;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_opf = bio.bi_opf;
	bio_set_flag(&r->bio, BIO_CHAIN);
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	bio_clear_flag(&r->bio, BIO_CHAIN);
	r->bio.bi_iter.bi_size = 0;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_iter.bi_size = bio.bi_iter.bi_size;
	list_add(&stats, &r->md.stats.list);
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	list_del(&stats);
	KUNIT_EXPECT_EQ(test, memcmp(&bio, &r->bio, sizeof(bio)), 0);
	free_remap(r);
}

/* A bio goes whole or not at all: up to the target's end, and no further. */
static void remap_within_target(struct kunit *test)
{
	struct remap *r = make_remap(test);

	r->bio.bi_iter.bi_sector = 1024 - 7;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_iter.bi_sector = 1024;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	r->bio.bi_iter.bi_sector = 1024 - 8;
	KUNIT_EXPECT_TRUE(test, dm_poll_remap(&r->table, &r->bio));
	free_remap(r);
}

static struct kunit_case dm_poll_cases[] = {
	KUNIT_CASE(admit_polled),
	KUNIT_CASE(admit_after_reload),
	KUNIT_CASE(admit_not_polled),
	KUNIT_CASE(split_goes_on),
	KUNIT_CASE(split_leaves_reserve),
	KUNIT_CASE(split_rounds),
	KUNIT_CASE(split_waits_for_first),
	KUNIT_CASE(remap_gives_back),
	KUNIT_CASE(remap_needs_clone),
	KUNIT_CASE(remap_within_target),
	{}
};

static struct kunit_suite dm_poll_suite = {
	.name = "dm-poll",
	.test_cases = dm_poll_cases,
};

kunit_test_suite(dm_poll_suite);
