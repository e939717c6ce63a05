// SPDX-License-Identifier: GPL-2.0
#include "report/statistics.hpp"

#include <gtest/gtest.h>

#include <numeric>

using namespace dmpoll;

namespace
{

std::vector<double> one_to(unsigned count)
{
	std::vector<double> values(count);

	std::iota(values.begin(), values.end(), 1);
	return values;
}

} // namespace

TEST(statistics, nothing_of_no_values)
{
	EXPECT_FALSE(spread_of({}));
	EXPECT_FALSE(median_interval({}));
}

TEST(statistics, median_of_odd_and_even_counts)
{
	EXPECT_EQ(spread_of({3, 1, 2})->median, 2);
	EXPECT_EQ(spread_of({4, 1, 3, 2})->median, 2.5);
	EXPECT_EQ(spread_of({7})->median, 7);
}

TEST(statistics, spread_has_both_ends)
{
	const auto s = spread_of({5, -1, 3});

	EXPECT_EQ(s->min, -1);
	EXPECT_EQ(s->max, 5);
	EXPECT_EQ(s->count, 3u);
}

TEST(statistics, one_value_gives_no_confidence)
{
	const auto i = median_interval({2});

	EXPECT_EQ(i->low, 2);
	EXPECT_EQ(i->high, 2);
	EXPECT_EQ(i->confidence, 0);
}

TEST(statistics, few_values_give_their_whole_range)
{
	const auto i = median_interval(one_to(5));

	EXPECT_EQ(i->low, 1);
	EXPECT_EQ(i->high, 5);
	EXPECT_NEAR(i->confidence, 0.9375, 1e-9);
}

TEST(statistics, six_values_reach_95_per_cent)
{
	EXPECT_NEAR(median_interval(one_to(6))->confidence, 0.96875, 1e-9);
}

// The textbook's table of the sign test: n = 10 takes the 2nd and 9th, n = 20 the 6th and 15th.
TEST(statistics, more_values_leave_out_the_extremes)
{
	EXPECT_EQ(median_interval(one_to(10))->low, 2);
	EXPECT_EQ(median_interval(one_to(10))->high, 9);
	EXPECT_EQ(median_interval(one_to(20))->low, 6);
	EXPECT_EQ(median_interval(one_to(20))->high, 15);
	EXPECT_NEAR(median_interval(one_to(20))->confidence, 0.9586, 1e-4);
}

TEST(statistics, many_values_do_not_overflow)
{
	const auto i = median_interval(one_to(2000));

	EXPECT_GT(i->confidence, 0.95);
	EXPECT_LT(i->confidence, 0.96);
	EXPECT_NEAR((i->low + i->high) / 2, 1000.5, 1);
}
