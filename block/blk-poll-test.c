// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of polling below stacked devices, on request queues that are made
 * up: no device is needed.
 */
#include <kunit/test.h>
#include <linux/blk-poll.h>

#include "blk-mq-poll.h"
#include "blk-poll-name.h"

#define MAX_HCTXS	4
#define COOKIE		blk_poll_set_of(7, 3)

/* Real queues of a booting machine do not get here. */
#define FIRST_ID	4000

/* A request queue with what the functions under test look at. */
struct test_queue {
	struct request_queue	q;
	struct blk_mq_hw_ctx	*hctxs[MAX_HCTXS];
	int			results[MAX_HCTXS];	/* of ->poll() */
	unsigned int		calls[MAX_HCTXS];	/* of ->poll() */
	unsigned int		stacked_calls;		/* of ->poll_fn() */
	blk_qc_t		stacked_set;		/* of the last one */
	bool			below_off;		/* what it says */
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

static void test_poll_fn(struct request_queue *q, struct blk_poll_walk *walk)
{
	to_test(q)->stacked_calls++;
	to_test(q)->stacked_set = walk->set;
	walk->found += 7;
	walk->off |= to_test(q)->below_off;
}

/* What polling a queue on the way down finds. */
static int poll_lower(struct test_queue *t, blk_qc_t set)
{
	struct blk_poll_walk walk = { .set = set };

	blk_poll_lower(&t->q, &walk);
	return walk.found;
}

static const struct blk_mq_ops polling_ops = { .poll = test_poll };

static void test_queue_drained(struct percpu_ref *ref)
{
}

static void test_queue_exit(struct kunit_resource *res)
{
	struct test_queue *t = res->data;

	blk_poll_forget_queue(&t->q);
	percpu_ref_exit(&t->q.q_usage_counter);
}

/* A bio-based queue. */
static struct test_queue *make_queue(struct kunit *test)
{
	struct test_queue *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	t->q.id = FIRST_ID;
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
	KUNIT_ASSERT_EQ(test, 0, blk_poll_reserve_name(&t->q));
	blk_poll_name_queue(&t->q);
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

	KUNIT_EXPECT_PTR_EQ(test, blk_mq_next_poll_hctx(&t->q, &i), t->hctxs[2]);
	KUNIT_EXPECT_EQ(test, i, 2U);
	i = 3;
	KUNIT_EXPECT_TRUE(test, !blk_mq_next_poll_hctx(&t->q, &i));
}

static void poll_all_sums(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dppp");

	t->results[0] = 100; /* never asked */
	t->results[1] = 3;
	t->results[2] = -EBUSY;
	t->results[3] = 2;
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 5);
	KUNIT_EXPECT_EQ(test, t->calls[0], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[1], 1U);
	KUNIT_EXPECT_EQ(test, t->calls[2], 1U);
	KUNIT_EXPECT_EQ(test, t->calls[3], 1U);
}

static void poll_all_counts(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dpp");

	t->results[1] = 3;
	poll_lower(t, BLK_POLL_SET_ALL);
	poll_lower(t, BLK_POLL_SET_ALL);
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
	t->q.nr_hw_queues = 1;
	blk_poll_name_queue(&t->q);
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

/* A frozen queue answers, too, and at once. */
static void can_poll_frozen(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	percpu_ref_kill(&t->q.q_usage_counter);
	KUNIT_EXPECT_TRUE(test, blk_queue_can_poll(&t->q));
}

static void poll_lower_stacked(struct kunit *test)
{
	struct test_queue *t = make_queue(test);

	KUNIT_EXPECT_EQ(test, poll_lower(t, COOKIE), 0);
	t->q.poll_fn = test_poll_fn;
	KUNIT_EXPECT_EQ(test, poll_lower(t, COOKIE), 7);
	KUNIT_EXPECT_EQ(test, blk_poll_stacked(&t->q, COOKIE), 7);
	KUNIT_EXPECT_EQ(test, t->stacked_calls, 2U);
	KUNIT_EXPECT_EQ(test, t->stacked_set, COOKIE);
}

static void poll_lower_mq(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dp");

	t->results[1] = 1;
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 1);
	t->q.nr_hw_queues = 1;
	blk_poll_name_queue(&t->q);
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 0);
	KUNIT_EXPECT_EQ(test, t->calls[1], 1U);
}

/* Is as many references as before what is left after polling? */
static void poll_lower_puts_reference(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	poll_lower(t, BLK_POLL_SET_ALL);
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
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 1);
	percpu_ref_put(&t->q.q_usage_counter);
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 0);
	KUNIT_EXPECT_EQ(test, t->calls[0], 1U);
}

/* A driver takes apart what ->poll() needs once the queue is quiesced. */
static void poll_lower_quiesced(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	t->results[0] = 1;
	blk_queue_flag_set(QUEUE_FLAG_QUIESCED, &t->q);
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 0);
	KUNIT_EXPECT_EQ(test, t->calls[0], 0U);
	blk_queue_flag_clear(QUEUE_FLAG_QUIESCED, &t->q);
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 1);
}

/* A set that holds another hw queue of the leaf, or none: not polled. */
static void poll_lower_in_set(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dpp");
	blk_qc_t second = blk_poll_set_of(FIRST_ID, 2);

	KUNIT_EXPECT_EQ(test, poll_lower(t, second), 0);
	KUNIT_EXPECT_EQ(test, t->calls[1], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[2], 1U);
	/* the interrupt-driven one, by name */
	poll_lower(t, blk_poll_set_of(FIRST_ID, 0));
	poll_lower(t, BLK_POLL_SET);
	KUNIT_EXPECT_EQ(test, t->calls[0], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[1], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[2], 1U);
}

/* An exact name leads to its hw queue, and to no other, past ->poll_fn(). */
static void poll_exact(struct kunit *test)
{
	struct test_queue *top = make_queue(test), *t = make_mq(test, "dpp");

	top->q.poll_fn = test_poll_fn;
	t->results[2] = 2;
	KUNIT_EXPECT_EQ(test, blk_poll_stacked(&top->q,
					       blk_poll_name_of(FIRST_ID, 2)), 2);
	KUNIT_EXPECT_EQ(test, t->calls[1], 0U);
	KUNIT_EXPECT_EQ(test, t->calls[2], 1U);
	KUNIT_EXPECT_EQ(test, t->hctxs[2]->poll_considered, 1UL);
	/* nothing found: the caller shall look, and come back */
	t->results[2] = -EBUSY;
	KUNIT_EXPECT_LE(test, blk_poll_stacked(&top->q,
					       blk_poll_name_of(FIRST_ID, 2)), 1);
	KUNIT_EXPECT_EQ(test, t->calls[2], 2U);
	KUNIT_EXPECT_EQ(test, top->stacked_calls, 0U);
}

/* A name that does not stand for a polled hw queue any more. */
static void poll_exact_stale(struct kunit *test)
{
	struct test_queue *top = make_queue(test), *t = make_mq(test, "dpp");

	top->q.poll_fn = test_poll_fn;
	t->q.nr_hw_queues = 2;
	t->hctxs[1]->type = HCTX_TYPE_DEFAULT;
	blk_poll_stacked(&top->q, blk_poll_name_of(FIRST_ID, 0));
	blk_poll_stacked(&top->q, blk_poll_name_of(FIRST_ID, 1));
	blk_poll_stacked(&top->q, blk_poll_name_of(FIRST_ID, 2));
	KUNIT_EXPECT_EQ(test, t->calls[0] + t->calls[1] + t->calls[2], 0U);
}

/* Nothing is in flight on a drained queue; its hw queues may be gone. */
static void poll_exact_drained(struct kunit *test)
{
	struct test_queue *top = make_queue(test), *t = make_mq(test, "p");

	percpu_ref_get(&t->q.q_usage_counter); /* IO in flight */
	percpu_ref_kill(&t->q.q_usage_counter);
	blk_poll_stacked(&top->q, blk_poll_name_of(FIRST_ID, 0));
	KUNIT_EXPECT_EQ(test, t->calls[0], 1U);
	percpu_ref_put(&t->q.q_usage_counter);
	blk_poll_stacked(&top->q, blk_poll_name_of(FIRST_ID, 0));
	KUNIT_EXPECT_EQ(test, t->calls[0], 1U);
}

/* The queue is gone, hence its IO, too. */
static void poll_exact_unknown(struct kunit *test)
{
	struct test_queue *top = make_queue(test), *t = make_mq(test, "p");

	top->q.poll_fn = test_poll_fn;
	blk_poll_forget_queue(&t->q);
	KUNIT_EXPECT_LE(test, blk_poll_stacked(&top->q,
					       blk_poll_name_of(FIRST_ID, 0)), 1);
	KUNIT_EXPECT_EQ(test, top->stacked_calls, 0U);
	KUNIT_EXPECT_EQ(test, t->calls[0], 0U);
}

/* ->poll() may sleep, so the task runs, and is said to. */
static void poll_stacked_runs(struct kunit *test)
{
	struct test_queue *top = make_queue(test);

	top->q.poll_fn = test_poll_fn;
	set_current_state(TASK_UNINTERRUPTIBLE);
	blk_poll_stacked(&top->q, COOKIE);
	KUNIT_EXPECT_EQ(test, current->state, (long)TASK_RUNNING);
}

/* After a change of nr_hw_queues, or of types, the names are others. */
static void named_again(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "dpp");

	KUNIT_EXPECT_EQ(test, t->q.poll_set, blk_poll_set_of(FIRST_ID, 1) |
					     blk_poll_set_of(FIRST_ID, 2));
	t->q.nr_hw_queues = 2;
	blk_poll_name_queue(&t->q);
	KUNIT_EXPECT_EQ(test, t->q.poll_set, blk_poll_set_of(FIRST_ID, 1));
	t->q.nr_hw_queues = 1;
	blk_poll_name_queue(&t->q);
	KUNIT_EXPECT_EQ(test, t->q.poll_set, 0U);
	KUNIT_EXPECT_EQ(test, poll_lower(t, BLK_POLL_SET_ALL), 0);
}

/* A queue that lies twice on itself: a stack that never ends. */
static void endless_poll_fn(struct request_queue *q, struct blk_poll_walk *walk)
{
	to_test(q)->stacked_calls++;
	if (to_test(q)->stacked_calls % 16)
		blk_poll_lower(q, walk);
}

static void poll_lower_ends(struct kunit *test)
{
	struct test_queue *t = make_queue(test);
	int i;

	t->q.poll_fn = endless_poll_fn;
	for (i = 0; i < 3; i++) {
		struct blk_poll_walk walk = { .set = COOKIE };
		int n;

		/* more than any walk visits, in a loop, not in depth */
		t->stacked_calls = 0;
		for (n = 0; n < 10000; n++)
			blk_poll_lower(&t->q, &walk);
		KUNIT_EXPECT_LE(test, t->stacked_calls, 4096U);
		KUNIT_EXPECT_GE(test, t->stacked_calls, 4000U);
	}
}

/*
 * A small world: three leaves, of which the last has the hash values of the
 * first, below one stacked queue.
 */
#define LEAVES		3
#define WORLD		(LEAVES * MAX_HCTXS)

static struct test_queue *world[LEAVES];

static void world_poll_fn(struct request_queue *q, struct blk_poll_walk *walk)
{
	int i;

	for (i = 0; i < LEAVES; i++)
		blk_poll_lower(&world[i]->q, walk);
}

static struct test_queue *make_world(struct kunit *test)
{
	static const char *const types[LEAVES] = { "dppp", "ppd", "pdpp" };
	static const int ids[LEAVES] = { 0, 1, BLK_POLL_SET_VALUES };
	struct test_queue *top = make_queue(test);
	int i;

	top->q.poll_fn = world_poll_fn;
	for (i = 0; i < LEAVES; i++) {
		world[i] = make_mq(test, types[i]);
		blk_poll_forget_queue(&world[i]->q);
		world[i]->q.id = FIRST_ID + ids[i];
	}
	for (i = 0; i < LEAVES; i++) {
		KUNIT_ASSERT_EQ(test, 0, blk_poll_reserve_name(&world[i]->q));
		blk_poll_name_queue(&world[i]->q);
	}
	return top;
}

static unsigned int world_calls(int n)
{
	return world[n / MAX_HCTXS]->calls[n % MAX_HCTXS];
}

static bool world_polled(int n)
{
	struct test_queue *t = world[n / MAX_HCTXS];

	return n % MAX_HCTXS < t->q.nr_hw_queues &&
	       t->hctxs[n % MAX_HCTXS]->type == HCTX_TYPE_POLL;
}

static blk_qc_t world_name(int n)
{
	return blk_poll_name_of(world[n / MAX_HCTXS]->q.id, n % MAX_HCTXS);
}

/* Must a pass poll hw queue @n if the bio went to those in @sent? By the book. */
static bool world_wanted(unsigned long sent, int n)
{
	int i;

	if (!world_polled(n))
		return false;
	if (hweight_long(sent) == 1)
		return sent & BIT(n);
	/* of the first and the last leaf, equal numbers share a value */
	for (i = 0; i < WORLD; i++)
		if ((sent & BIT(i)) && i % MAX_HCTXS == n % MAX_HCTXS &&
		    (i == n || (i / MAX_HCTXS != 1 && n / MAX_HCTXS != 1)))
			return true;
	return false;
}

/* Each subset of the world: what is polled, and that it is polled once. */
static void poll_every_subset(struct kunit *test)
{
	struct test_queue *top = make_world(test);
	unsigned long sent;
	int i;

	for (sent = 1; sent < BIT(WORLD); sent++) {
		blk_qc_t up = BLK_QC_T_NONE, down = BLK_QC_T_NONE;

		for (i = 0; i < WORLD; i++) {
			if (sent & BIT(i))
				up = blk_poll_merge(up, world_name(i));
			if (sent & BIT(WORLD - 1 - i))
				down = blk_poll_merge(down,
						      world_name(WORLD - 1 - i));
		}
		KUNIT_ASSERT_EQ(test, up, down);
		for (i = 0; i < LEAVES; i++)
			memset(world[i]->calls, 0, sizeof(world[i]->calls));
		blk_poll_stacked(&top->q, up);
		for (i = 0; i < WORLD; i++)
			if (world_calls(i) != world_wanted(sent, i))
				break;
		KUNIT_ASSERT_EQ(test, i, WORLD);
	}
}

static void poll_enabled_mq(struct kunit *test)
{
	struct test_queue *t = make_mq(test, "p");

	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	set_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	t->q.poll_set = 0;
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	t->q.poll_set = blk_poll_set_of(t->q.id, 0);
	KUNIT_EXPECT_TRUE(test, blk_queue_poll_enabled(&t->q));
}

static void poll_enabled_stacked(struct kunit *test)
{
	struct test_queue *t = make_queue(test);

	set_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	t->q.poll_fn = test_poll_fn;
	KUNIT_EXPECT_TRUE(test, blk_queue_poll_enabled(&t->q));
	KUNIT_EXPECT_EQ(test, t->stacked_set, 0U);
	t->below_off = true;
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
	t->below_off = false;
	clear_bit(QUEUE_FLAG_POLL, &t->q.queue_flags);
	KUNIT_EXPECT_FALSE(test, blk_queue_poll_enabled(&t->q));
}

static struct kunit_case blk_poll_cases[] = {
	KUNIT_CASE(iterator_visits_polled),
	KUNIT_CASE(iterator_ends_at_nr_hw_queues),
	KUNIT_CASE(iterator_begins_anywhere),
	KUNIT_CASE(poll_all_sums),
	KUNIT_CASE(poll_all_counts),
	KUNIT_CASE(can_poll_mq),
	KUNIT_CASE(can_poll_stacked),
	KUNIT_CASE(can_poll_frozen),
	KUNIT_CASE(poll_lower_stacked),
	KUNIT_CASE(poll_lower_mq),
	KUNIT_CASE(poll_lower_puts_reference),
	KUNIT_CASE(poll_lower_freezing),
	KUNIT_CASE(poll_lower_quiesced),
	KUNIT_CASE(poll_lower_in_set),
	KUNIT_CASE(poll_exact),
	KUNIT_CASE(poll_exact_stale),
	KUNIT_CASE(poll_exact_drained),
	KUNIT_CASE(poll_exact_unknown),
	KUNIT_CASE(poll_stacked_runs),
	KUNIT_CASE(poll_lower_ends),
	KUNIT_CASE(named_again),
	KUNIT_CASE(poll_every_subset),
	KUNIT_CASE(poll_enabled_mq),
	KUNIT_CASE(poll_enabled_stacked),
	{}
};

static struct kunit_suite blk_poll_suite = {
	.name = "blk-poll",
	.test_cases = blk_poll_cases,
};

kunit_test_suite(blk_poll_suite);
