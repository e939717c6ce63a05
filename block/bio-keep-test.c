// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of keeping the bios of polled IO: what a mempool hands out and
 * gets back is counted.
 */
#include <kunit/test.h>

#include "bio-keep.h"

#define RESERVE		2

struct keeper {
	struct bio_set	bs;
	unsigned int	out;		/* allocated for the mempool, not freed */
	bool		empty;		/* no memory but the reserve */
};

static void *count_alloc(gfp_t gfp, void *data)
{
	struct keeper *k = data;

	if (k->empty)
		return NULL;
	k->out++;
	return kmalloc(sizeof(struct bio), gfp);
}

static void count_free(void *p, void *data)
{
	struct keeper *k = data;

	k->out--;
	kfree(p);
}

/* NULL with KASAN, where nothing is kept. */
static struct keeper *make_keeper(struct kunit *test)
{
	struct keeper *k;

	if (IS_ENABLED(CONFIG_KASAN))
		return NULL;
	k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, k);
	KUNIT_ASSERT_EQ(test, mempool_init(&k->bs.bio_pool, RESERVE,
					   count_alloc, count_free, k), 0);
	KUNIT_ASSERT_TRUE(test, bio_keep_init(&k->bs));
	return k;
}

static void *take(struct keeper *k)
{
	void *p = bio_take_kept(&k->bs);

	return p ?: mempool_alloc(&k->bs.bio_pool, GFP_NOWAIT);
}

/* Return: whether it was kept. */
static bool give(struct keeper *k, void *p, unsigned int opf)
{
	struct bio bio = { .bi_opf = opf };

	if (bio_keep(&k->bs, &bio, p))
		return true;
	mempool_free(p, &k->bs.bio_pool);
	return false;
}

static void end(struct kunit *test, struct keeper *k)
{
	bio_keep_exit(&k->bs);
	KUNIT_EXPECT_EQ(test, k->out, (unsigned int)RESERVE);
	mempool_exit(&k->bs.bio_pool);
	KUNIT_EXPECT_EQ(test, k->out, 0U);
}

static void keep_polled(struct kunit *test)
{
	struct keeper *k = make_keeper(test);
	void *p;

	if (!k)
		return;
	preempt_disable();
	p = take(k);
	KUNIT_EXPECT_FALSE(test, give(k, p, REQ_OP_READ));
	p = take(k);
	KUNIT_EXPECT_TRUE(test, give(k, p, REQ_OP_READ | REQ_HIPRI));
	KUNIT_EXPECT_PTR_EQ(test, take(k), p);
	KUNIT_EXPECT_TRUE(test, give(k, p, REQ_OP_WRITE | REQ_HIPRI));
	preempt_enable();
	end(test, k);
}

static void keep_at_most(struct kunit *test)
{
	static void *p[BIO_KEEP_MAX + 2];
	struct keeper *k = make_keeper(test);
	unsigned int i, kept = 0;

	if (!k)
		return;
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = take(k);
	preempt_disable();
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kept += give(k, p[i], REQ_HIPRI);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, kept, (unsigned int)BIO_KEEP_MAX);
	end(test, k);
}

/* What somebody may be waiting for is not kept. */
static void keep_after_reserve(struct kunit *test)
{
	struct keeper *k = make_keeper(test);
	void *p[RESERVE + 1];
	unsigned int i;

	if (!k)
		return;
	for (i = 0; i <= RESERVE; i++) {
		p[i] = take(k);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p[i]);
		k->empty = true;
	}
	KUNIT_EXPECT_PTR_EQ(test, take(k), NULL);
	for (i = 0; i < RESERVE; i++)
		KUNIT_EXPECT_FALSE(test, give(k, p[i], REQ_HIPRI));
	KUNIT_EXPECT_TRUE(test, give(k, p[RESERVE], REQ_HIPRI));
	end(test, k);
}

/* Interrupts do not use the list, which a task may be in the middle of. */
static void keep_in_tasks_only(struct kunit *test)
{
	struct keeper *k = make_keeper(test);
	void *p;

	if (!k)
		return;
	p = take(k);
	preempt_disable();
	preempt_count_add(HARDIRQ_OFFSET);
	KUNIT_EXPECT_FALSE(test, give(k, p, REQ_HIPRI));
	preempt_count_sub(HARDIRQ_OFFSET);
	p = take(k);
	KUNIT_EXPECT_TRUE(test, give(k, p, REQ_HIPRI));
	preempt_count_add(HARDIRQ_OFFSET);
	KUNIT_EXPECT_PTR_EQ(test, bio_take_kept(&k->bs), NULL);
	preempt_count_sub(HARDIRQ_OFFSET);
	KUNIT_EXPECT_PTR_EQ(test, bio_take_kept(&k->bs), p);
	preempt_enable();
	mempool_free(p, &k->bs.bio_pool);
	end(test, k);
}

static struct kunit_case bio_keep_cases[] = {
	KUNIT_CASE(keep_polled),
	KUNIT_CASE(keep_at_most),
	KUNIT_CASE(keep_after_reserve),
	KUNIT_CASE(keep_in_tasks_only),
	{}
};

static struct kunit_suite bio_keep_suite = {
	.name = "bio-keep",
	.test_cases = bio_keep_cases,
};

kunit_test_suite(bio_keep_suite);
