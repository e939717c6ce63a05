// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what dm does to a polled bio whose table was replaced between
 * the block layer's check of the queue and dm's mapping of the bio: a moment
 * that no test can hit with a device.
 */
#include <kunit/test.h>

#include "dm-poll.h"

static int no_poll(struct request_queue *q, blk_qc_t set)
{
	return 0;
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

/* It completes by interrupt, and may wait for a free tag. */
static void admit_after_reload(struct kunit *test)
{
	const unsigned int opf = REQ_OP_WRITE | REQ_SYNC;

	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf | REQ_HIPRI), opf);
	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf | REQ_HIPRI | REQ_NOWAIT),
			opf);
}

/* REQ_NOWAIT of a program (RWF_NOWAIT) is not dm's to drop. */
static void admit_not_polled(struct kunit *test)
{
	const unsigned int opf = REQ_OP_READ | REQ_NOWAIT;

	KUNIT_EXPECT_EQ(test, admitted(test, NULL, opf), opf);
	KUNIT_EXPECT_EQ(test, admitted(test, no_poll, opf), opf);
}

static struct kunit_case dm_poll_cases[] = {
	KUNIT_CASE(admit_polled),
	KUNIT_CASE(admit_after_reload),
	KUNIT_CASE(admit_not_polled),
	{}
};

static struct kunit_suite dm_poll_suite = {
	.name = "dm-poll",
	.test_cases = dm_poll_cases,
};

kunit_test_suite(dm_poll_suite);
