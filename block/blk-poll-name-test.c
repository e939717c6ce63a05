// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the names of hw queues, and of cookies: arithmetic.
 */
#include <kunit/test.h>
#include <linux/blk-mq.h>
#include <linux/blk-poll.h>

#include "blk-poll-name.h"

#define MAX_ID		((1u << BLK_POLL_ID_BITS) - 1)
#define MAX_HCTX	((1u << BLK_POLL_HCTX_BITS) - 1)

static void name_exact(struct kunit *test)
{
	static const unsigned int ids[] = { 0, 1, 29, 30, 255, MAX_ID };
	static const unsigned int hctxs[] = { 0, 1, 7, 63, MAX_HCTX };
	int i, j;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		for (j = 0; j < ARRAY_SIZE(hctxs); j++) {
			blk_qc_t name = blk_poll_name_of(ids[i], hctxs[j]);

			KUNIT_EXPECT_TRUE(test, blk_qc_t_valid(name));
			KUNIT_EXPECT_FALSE(test, blk_poll_is_set(name));
			KUNIT_EXPECT_EQ(test, blk_poll_name_id(name), ids[i]);
			KUNIT_EXPECT_EQ(test, blk_poll_name_hctx(name), hctxs[j]);
			/* what io_uring compares */
			KUNIT_EXPECT_EQ(test, blk_qc_t_to_queue_num(name),
					hctxs[j]);
		}
}

static void name_too_large(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, blk_poll_name_of(MAX_ID + 1, 0),
			blk_poll_set_of(MAX_ID + 1, 0));
	KUNIT_EXPECT_EQ(test, blk_poll_name_of(0, MAX_HCTX + 1),
			blk_poll_set_of(0, MAX_HCTX + 1));
	KUNIT_EXPECT_TRUE(test, blk_poll_is_set(blk_poll_name_of(UINT_MAX, 0)));
}

static void set_all(struct kunit *test)
{
	unsigned int id, hctx;

	KUNIT_EXPECT_TRUE(test, blk_qc_t_valid(BLK_POLL_SET_ALL));
	KUNIT_EXPECT_TRUE(test, blk_poll_is_set(BLK_POLL_SET_ALL));
	for (id = 0; id < 100; id++)
		for (hctx = 0; hctx < 70; hctx++) {
			blk_qc_t set = blk_poll_set_of(id, hctx);

			KUNIT_EXPECT_TRUE(test, blk_poll_is_set(set));
			KUNIT_EXPECT_TRUE(test, blk_poll_in_set(BLK_POLL_SET_ALL,
								id, hctx));
			KUNIT_EXPECT_EQ(test, set | BLK_POLL_SET_ALL,
					BLK_POLL_SET_ALL);
			KUNIT_EXPECT_EQ(test, hweight32(set & ~BLK_POLL_SET), 1U);
		}
}

/* Up to 30 neighbours of either kind share no hash value. */
static void set_neighbours(struct kunit *test)
{
	blk_qc_t queues = 0, hctxs = 0;
	unsigned int i;

	for (i = 0; i < BLK_POLL_SET_VALUES; i++) {
		queues |= blk_poll_set_of(1000 + i, 3);
		hctxs |= blk_poll_set_of(1000, 3 + i);
	}
	KUNIT_EXPECT_EQ(test, queues, BLK_POLL_SET_ALL);
	KUNIT_EXPECT_EQ(test, hctxs, BLK_POLL_SET_ALL);
}

/* A small world: 4 queues of 3 hw queues, and nothing. */
#define WORLD	12

static blk_qc_t world_name(int i)
{
	return i == WORLD ? BLK_QC_T_NONE : blk_poll_name_of(i / 3, i % 3);
}

/* Does a cookie name a member of the world, as a poller would find? */
static bool names(blk_qc_t cookie, int i)
{
	if (!blk_qc_t_valid(cookie))
		return false;
	if (blk_poll_is_set(cookie))
		return blk_poll_in_set(cookie, i / 3, i % 3);
	return cookie == world_name(i);
}

/* Does a cookie mean the members of which @want has the bits? */
static bool means(blk_qc_t cookie, unsigned long want)
{
	int i;

	if (!want)
		return !blk_qc_t_valid(cookie);
	if (blk_poll_is_set(cookie) != (hweight_long(want) > 1))
		return false;
	/* no two of this world share a hash value */
	for (i = 0; i < WORLD; i++)
		if (names(cookie, i) != !!(want & BIT(i)))
			return false;
	return true;
}

/* All merges of three, in any order: against the set that they mean. */
static void merge_three(struct kunit *test)
{
	int a, b, c;

	for (a = 0; a <= WORLD; a++)
		for (b = 0; b <= WORLD; b++)
			for (c = 0; c <= WORLD; c++) {
				blk_qc_t x = world_name(a);
				blk_qc_t y = world_name(b);
				blk_qc_t z = world_name(c);
				blk_qc_t left = blk_poll_merge(blk_poll_merge(x, y), z);
				blk_qc_t right = blk_poll_merge(z, blk_poll_merge(y, x));
				unsigned long want = BIT(a) | BIT(b) | BIT(c);

				KUNIT_ASSERT_EQ(test, left, right);
				KUNIT_ASSERT_TRUE(test, means(left, want & (BIT(WORLD) - 1)));
			}
}

static void merge_all(struct kunit *test)
{
	blk_qc_t name = blk_poll_name_of(5, 1);

	KUNIT_EXPECT_EQ(test, blk_poll_merge(name, BLK_POLL_SET_ALL),
			BLK_POLL_SET_ALL);
	KUNIT_EXPECT_EQ(test, blk_poll_merge(BLK_POLL_SET_ALL, name),
			BLK_POLL_SET_ALL);
	KUNIT_EXPECT_EQ(test, blk_poll_merge(BLK_QC_T_NONE, BLK_QC_T_NONE),
			BLK_QC_T_NONE);
}

/* The bios of one direct IO. */
static void merge_cookies(struct kunit *test)
{
	static const struct blk_mq_ops ops;
	struct request_queue *q = kunit_kzalloc(test, sizeof(*q), GFP_KERNEL);
	blk_qc_t a = blk_poll_name_of(5, 1), b = blk_poll_name_of(6, 1);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, q);
	KUNIT_EXPECT_EQ(test, blk_poll_merge_cookies(q, a, b),
			blk_poll_set_of(5, 1) | blk_poll_set_of(6, 1));
	KUNIT_EXPECT_EQ(test, blk_poll_merge_cookies(q, a, BLK_QC_T_NONE), a);
	KUNIT_EXPECT_EQ(test, blk_poll_merge_cookies(q, BLK_QC_T_NONE, b), b);
	/* those of a blk-mq queue are not names */
	q->mq_ops = &ops;
	KUNIT_EXPECT_EQ(test, blk_poll_merge_cookies(q, a, b), b);
	KUNIT_EXPECT_EQ(test, blk_poll_merge_cookies(q, a, BLK_QC_T_NONE), a);
}

static struct kunit_case blk_poll_name_cases[] = {
	KUNIT_CASE(name_exact),
	KUNIT_CASE(name_too_large),
	KUNIT_CASE(set_all),
	KUNIT_CASE(set_neighbours),
	KUNIT_CASE(merge_three),
	KUNIT_CASE(merge_all),
	KUNIT_CASE(merge_cookies),
	{}
};

static struct kunit_suite blk_poll_name_suite = {
	.name = "blk-poll-name",
	.test_cases = blk_poll_name_cases,
};

kunit_test_suite(blk_poll_name_suite);
