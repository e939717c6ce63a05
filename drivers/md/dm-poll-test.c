// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what dm does to a polled bio whose table was replaced between
 * the block layer's check of the queue and dm's mapping of the bio, and of how it
 * splits one: what a test with a device cannot bring about.
 */
#include <kunit/test.h>

#include "dm-poll.h"
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

static struct kunit_case dm_poll_cases[] = {
	KUNIT_CASE(admit_polled),
	KUNIT_CASE(admit_after_reload),
	KUNIT_CASE(admit_not_polled),
	KUNIT_CASE(split_goes_on),
	KUNIT_CASE(split_leaves_reserve),
	KUNIT_CASE(split_rounds),
	KUNIT_CASE(split_waits_for_first),
	{}
};

static struct kunit_suite dm_poll_suite = {
	.name = "dm-poll",
	.test_cases = dm_poll_cases,
};

kunit_test_suite(dm_poll_suite);
