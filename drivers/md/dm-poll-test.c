// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what dm does to a polled bio whose table was replaced between
 * the block layer's check of the queue and dm's mapping of the bio, and of how it
 * passes one on: what a test with a device cannot bring about.
 */
#include <kunit/test.h>

#include "dm-poll.h"
#include "dm-poll-remap.h"

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

/* A device with one target, of sectors 0 to 1023, and a bio to it. */
struct remap {
	struct mapped_device	md;
	struct request_queue	q;
	struct dm_table		table;
	struct target_type	type;
	struct dm_target	ti;
	sector_t		high;
	struct gendisk		*lower;
	bool			hold;	/* the target leaves its bios to the test */
	struct bio		*held[DM_REMAP_PARTS];
	unsigned int		nr_held;
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
	if (r->hold) {
		r->held[r->nr_held++] = bio;
		return DM_MAPIO_SUBMITTED;
	}
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
	r->md.queue = &r->q;
	r->q.limits.max_sectors = BLK_DEF_MAX_SECTORS;
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

/* Data in one piece, which is never looked at. */
static void set_data(struct kunit *test, struct remap *r, unsigned int sectors)
{
	struct bio_vec *bv = kunit_kzalloc(test, sizeof(*bv), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bv);
	bv->bv_len = sectors << SECTOR_SHIFT;
	r->bio.bi_io_vec = bv;
	r->bio.bi_iter.bi_size = bv->bv_len;
}

/* The parts of a split bio, with their sectors; the last one is the bio itself. */
static void remap_splits(struct kunit *test)
{
	struct remap *r = make_remap(test);
	unsigned int i;

	r->ti.max_io_len = 8;
	r->hold = true;
	r->bio.bi_iter.bi_sector = 516;
	set_data(test, r, 16);
	KUNIT_ASSERT_TRUE(test, dm_poll_remap(&r->table, &r->bio));
	KUNIT_ASSERT_EQ(test, r->nr_held, 3U);
	for (i = 0; i < 3; i++) {
		const unsigned int sectors[] = { 4, 8, 4 }, offset[] = { 0, 4, 12 };

		KUNIT_EXPECT_EQ(test, r->held[i]->bi_iter.bi_sector,
				(sector_t)(4096 + 516 + offset[i]));
		KUNIT_EXPECT_EQ(test, bio_sectors(r->held[i]), sectors[i]);
		KUNIT_EXPECT_EQ(test, r->held[i]->bi_iter.bi_bvec_done,
				offset[i] << SECTOR_SHIFT);
		KUNIT_EXPECT_TRUE(test, r->held[i]->bi_opf & REQ_HIPRI);
	}
	KUNIT_EXPECT_PTR_EQ(test, r->held[2], &r->bio);

	/* the bio itself ends first, and its part in the middle fails */
	bio_endio(r->held[2]);
	r->held[1]->bi_status = BLK_STS_MEDIUM;
	bio_endio(r->held[1]);
	KUNIT_EXPECT_TRUE(test, r->failed == BLK_STS_MEDIUM);
	KUNIT_EXPECT_TRUE(test, !r->ended.bi_disk);
	bio_endio(r->held[0]);
	KUNIT_EXPECT_TRUE(test, r->ended.bi_status == BLK_STS_MEDIUM);
	KUNIT_EXPECT_PTR_EQ(test, r->ended.bi_disk, r->md.disk);
	KUNIT_EXPECT_EQ(test, r->ended.bi_iter.bi_sector, (sector_t)516);
	KUNIT_EXPECT_EQ(test, bio_sectors(&r->ended), 16U);
	free_remap(r);
}

static void remap_split_ends_well(struct kunit *test)
{
	struct remap *r = make_remap(test);
	unsigned int i;

	r->ti.max_io_len = 8;
	r->hold = true;
	set_data(test, r, 8 * DM_REMAP_PARTS);
	KUNIT_ASSERT_TRUE(test, dm_poll_remap(&r->table, &r->bio));
	KUNIT_ASSERT_EQ(test, r->nr_held, (unsigned int)DM_REMAP_PARTS);
	for (i = 0; i < DM_REMAP_PARTS; i++)
		bio_endio(r->held[i]);
	KUNIT_EXPECT_TRUE(test, r->ended.bi_status == BLK_STS_OK);
	KUNIT_EXPECT_PTR_EQ(test, r->ended.bi_disk, r->md.disk);
	free_remap(r);
}

/* More parts than a round may have are left to dm's rounds, the bio as it was. */
static void remap_split_too_often(struct kunit *test)
{
	struct remap *r = make_remap(test);
	struct bvec_iter iter;

	r->ti.max_io_len = 8;
	set_data(test, r, 8 * DM_REMAP_PARTS + 1);
	iter = r->bio.bi_iter;
	KUNIT_EXPECT_FALSE(test, dm_poll_remap(&r->table, &r->bio));
	KUNIT_EXPECT_EQ(test, memcmp(&iter, &r->bio.bi_iter, sizeof(iter)), 0);
	free_remap(r);
}

static struct kunit_case dm_poll_cases[] = {
	KUNIT_CASE(admit_polled),
	KUNIT_CASE(admit_after_reload),
	KUNIT_CASE(admit_not_polled),
	KUNIT_CASE(remap_gives_back),
	KUNIT_CASE(remap_needs_clone),
	KUNIT_CASE(remap_within_target),
	KUNIT_CASE(remap_splits),
	KUNIT_CASE(remap_split_ends_well),
	KUNIT_CASE(remap_split_too_often),
	{}
};

static struct kunit_suite dm_poll_suite = {
	.name = "dm-poll",
	.test_cases = dm_poll_cases,
};

kunit_test_suite(dm_poll_suite);
