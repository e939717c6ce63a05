// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of polling below stacked devices, on request queues that are made
 * up: no device is needed.
 */
#include <kunit/test.h>
#include <linux/blk-poll.h>

#include "blk-mq-poll.h"

#define MAX_HCTXS	4
#define COOKIE		((blk_qc_t)4711)

/* A request queue with what the functions under test look at. */
struct test_queue {
	struct request_queue	q;
	struct blk_mq_hw_ctx	*hctxs[MAX_HCTXS];
	int			results[MAX_HCTXS];	/* of ->poll() */
	unsigned int		calls[MAX_HCTXS];	/* of ->poll() */
	unsigned int		stacked_calls;		/* of ->poll_fn() */
	blk_qc_t		stacked_cookie;		/* of the last one */
	bool			below_enabled;		/* ->poll_enabled_fn() */
};

static struct test_queue *to_test(struct request_queue *q)
{
	return container_of(q, struct test_queue, q);
}

static int test_poll(struct blk_mq_hw_ctx *hctx)
{
	struct test_queue *t = to_test(hctx->queue);

	t->calls[hctx->queue_num]++;
	return t->results[hctx->queue_num];
}

static int test_poll_fn(struct request_queue *q, blk_qc_t cookie)
{
	to_test(q)->stacked_calls++;
	to_test(q)->stacked_cookie = cookie;
	return 7;
}

static bool test_poll_enabled_fn(struct request_queue *q)
{
	return to_test(q)->below_enabled;
}

static const struct blk_mq_ops polling_ops = { .poll = test_poll };
static const struct blk_mq_ops other_ops;

static void test_queue_drained(struct percpu_ref *ref)
{
}

static void test_queue_exit(struct kunit_resource *res)
{
	struct test_queue *t = res->data;

	percpu_ref_exit(&t->q.q_usage_counter);
}

/* A bio-based queue. */
static struct test_queue *make_queue(struct kunit *test)
{
	struct test_queue *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	init_waitqueue_head(&t->q.mq_freeze_wq);
	mutex_init(&t->q.mq_freeze_lock);
	KUNIT_ASSERT_EQ(test, 0, percpu_ref_init(&t->q.q_usage_counter,
						 test_queue_drained,
						 PERCPU_REF_INIT_ATOMIC,
						 GFP_KERNEL));
	kunit_alloc_resource(test, NULL, test_queue_exit, GFP_KERNEL, t);
	return t;
}

/* A blk-mq queue: @types has a letter for each hw queue, 'p' for a polled one. */
static struct test_queue *make_mq(struct kunit *test, const char *types)
{
	struct test_queue *t = make_queue(test);
	unsigned int i;

	t->q.mq_ops = &polling_ops;
	t->q.queue_hw_ctx = t->hctxs;
	t->q.nr_hw_queues = strlen(types);
	for (i = 0; i < t->q.nr_hw_queues; i++) {
		struct blk_mq_hw_ctx *hctx;

		hctx = kunit_kzalloc(test, sizeof(*hctx), GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hctx);
		hctx->queue = &t->q;
		hctx->queue_num = i;
		hctx->type = types[i] == 'p' ? HCTX_TYPE_POLL :
			     types[i] == 'r' ? HCTX_TYPE_READ :
					       HCTX_TYPE_DEFAULT;
		t->hctxs[i] = hctx;
	}
	return t;
}

/* Does the iterator visit the hw queues of which @wanted has the bits? */
static void expect_visited(struct kunit *test, struct test_queue *t,
			   unsigned int wanted)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned int i, seen = 0;

	queue_for_each_poll_hw_ctx(&t->q, hctx, i) {
		KUNIT_EXPECT_PTR_EQ(test, hctx, t->hctxs[i]);
		KUNIT_EXPECT_EQ(test, seen & BIT(i), 0UL);
		seen |= BIT(i);
	}
	KUNIT_EXPECT_EQ(test, seen, wanted);
}

static void iterator_visits_polled(struct kunit *test)
{
	expect_visited(test, make_mq(test, ""), 0);
	expect_visited(test, make_mq(test, "d"), 0);
	expect_visited(test, make_mq(test, "ddr"), 0);
	expect_visited(test, make_mq(test, "p"), 0x1);
	expect_visited(test, make_mq(test, "pppp"), 0xf);
	expect_visited(test, make_mq(test, "dppp"), 0xe);
	expect_visited(test, make_mq(test, "pdrd"), 0x1);
	expect_visited(test, make_mq(test, "dprp"), 0xa);
}

/* After nr_hw_queues went down, the array still holds more. */
static void iterator_ends_at_nr_hw_queues(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dppp");

	t->q.nr_hw_queues = 2;
	expect_visited(test, t, 0x2);
	t->q.nr_hw_queues = 1;
	expect_visited(test, t, 0);
}

static void iterator_begins_anywhere(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "pdpd");
	unsigned int i = 1;

	KUNIT_EXPECT_PTR_EQ(test, blk_mq_poll_hctx_at(&t->q, &i), t->hctxs[2]);
	KUNIT_EXPECT_EQ(test, i, 2U);
	i = 3;
	KUNIT_EXPECT_TRUE(test, !blk_mq_poll_hctx_at(&t->q, &i));
}

static void poll_queue_sums(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dppp");

	t->results[0] = 100; /* never asked */
	t->results[1] = 3;
	t->results[2] = -EBUSY;
	t->results[3] = 2;
	KUNIT_EXPECT_EQ(test, blk_mq_poll_queue(&t->q), 5);
	KUNIT_EXPECT_EQ(test, t->calls[0], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[1], 1U);
	KUNIT_EXPECT_EQ(test, t->calls[2], 1U);
	KUNIT_EXPECT_EQ(test, t->calls[3], 1U);
}

static void poll_queue_counts(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dpp");

	t->results[1] = 3;
	blk_mq_poll_queue(&t->q);
	blk_mq_poll_queue(&t->q);
	KUNIT_EXPECT_EQ(test, t->hctxs[0]->poll_considered, 0UL);
	KUNIT_EXPECT_EQ(test, t->hctxs[1]->poll_considered, 2UL);
	KUNIT_EXPECT_EQ(test, t->hctxs[1]->poll_invoked, 2UL);
	KUNIT_EXPECT_EQ(test, t->hctxs[1]->poll_success, 2UL);
	KUNIT_EXPECT_EQ(test, t->hctxs[2]->poll_invoked, 2UL);
	KUNIT_EXPECT_EQ(test, t->hctxs[2]->poll_success, 0UL);
}

static void can_poll_mq(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dp");

	KUNIT_EXPECT_TRUE(test, blk_queue_can_poll(&t->q));
	KUNIT_EXPECT_FALSE(test, blk_queue_can_poll(&make_mq(test, "dr")->q));
	t->q.mq_ops = &other_ops;
	KUNIT_EXPECT_FALSE(test, blk_queue_can_poll(&t->q));
}

static void can_poll_stacked(struct kunit *test)
{
	struct test_queue *t = make_queue(test);

	KUNIT_EXPECT_FALSE(test, blk_queue_can_poll(&t->q));
	t->q.poll_fn = test_poll_fn;
	KUNIT_EXPECT_TRUE(test, blk_queue_can_poll(&t->q));
	KUNIT_EXPECT_EQ(test, t->stacked_calls, 0U);
}

static void can_poll_dying(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	set_bit(QUEUE_FLAG_DYING, &t->q.queue_flags);
	percpu_ref_kill(&t->q.q_usage_counter);
	KUNIT_EXPECT_FALSE(test, blk_queue_can_poll(&t->q));
}

static void poll_lower_stacked(struct kunit *test)
{
	struct test_queue *t = make_queue(test);

	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 0);
	t->q.poll_fn = test_poll_fn;
	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 7);
	KUNIT_EXPECT_EQ(test, blk_poll_stacked(&t->q, COOKIE), 7);
	KUNIT_EXPECT_EQ(test, t->stacked_calls, 2U);
	KUNIT_EXPECT_EQ(test, t->stacked_cookie, COOKIE);
}

static void poll_lower_mq(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dp");

	t->results[1] = 1;
	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 1);
	t->q.mq_ops = &other_ops;
	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 0);
	KUNIT_EXPECT_EQ(test, t->calls[1], 1U);
}

/* Is as many references as before what is left after polling? */
static void poll_lower_puts_reference(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	blk_poll_lower(&t->q, COOKIE);
	percpu_ref_kill(&t->q.q_usage_counter);
	KUNIT_EXPECT_TRUE(test, percpu_ref_is_zero(&t->q.q_usage_counter));
}

/* A queue that is being frozen waits for the IO that pollers complete. */
static void poll_lower_freezing(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	t->results[0] = 1;
	percpu_ref_get(&t->q.q_usage_counter); /* IO in flight */
	percpu_ref_kill(&t->q.q_usage_counter);
	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 1);
	percpu_ref_put(&t->q.q_usage_counter);
	KUNIT_EXPECT_EQ(test, blk_poll_lower(&t->q, COOKIE), 0);
	KUNIT_EXPECT_EQ(test, t->calls[0], 1U);
}

static void poll_enabled_mq(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	set_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	KUNIT_EXPECT_TRUE(test, blk_queue_poll_enabled(&t->q));
}

static void poll_enabled_stacked(struct kunit *test)
{
	struct test_queue *t = make_queue(test);

	set_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	t->q.poll_enabled_fn = test_poll_enabled_fn;
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	t->below_enabled = true;
	KUNIT_EXPECT_TRUE(test, blk_queue_poll_enabled(&t->q));
	clear_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
}

static void clear_polled_keeps_the_rest(struct kunit *test)
{
	struct bio bio = {
		.bi_opf = REQ_OP_WRITE | REQ_SYNC | REQ_FUA | REQ_HIPRI,
	};

	bio_clear_polled(&bio);
	KUNIT_EXPECT_EQ(test, bio.bi_opf,
			(unsigned int)(REQ_OP_WRITE | REQ_SYNC | REQ_FUA));
	bio_clear_polled(&bio);
	KUNIT_EXPECT_EQ(test, bio.bi_opf,
			(unsigned int)(REQ_OP_WRITE | REQ_SYNC | REQ_FUA));
}

/* A submitter that holds the cookie of a stacked bio polls. */
static void cookie_of_all_is_valid(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, blk_qc_t_valid(BLK_QC_T_ALL));
	KUNIT_EXPECT_NE(test, BLK_QC_T_ALL, BLK_QC_T_NONE);
}

static struct kunit_case blk_poll_cases[] = {
	KUNIT_CASE(iterator_visits_polled),
	KUNIT_CASE(iterator_ends_at_nr_hw_queues),
	KUNIT_CASE(iterator_begins_anywhere),
	KUNIT_CASE(poll_queue_sums),
	KUNIT_CASE(poll_queue_counts),
	KUNIT_CASE(can_poll_mq),
	KUNIT_CASE(can_poll_stacked),
	KUNIT_CASE(can_poll_dying),
	KUNIT_CASE(poll_lower_stacked),
	KUNIT_CASE(poll_lower_mq),
	KUNIT_CASE(poll_lower_puts_reference),
	KUNIT_CASE(poll_lower_freezing),
	KUNIT_CASE(poll_enabled_mq),
	KUNIT_CASE(poll_enabled_stacked),
	KUNIT_CASE(clear_polled_keeps_the_rest),
	KUNIT_CASE(cookie_of_all_is_valid),
	{}
};

static struct kunit_suite blk_poll_suite = {
	.name = "blk-poll",
	.test_cases = blk_poll_cases,
};

kunit_test_suite(blk_poll_suite);
