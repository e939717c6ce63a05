// SPDX-License-Identifier: GPL-2.0
#include "top/top.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace dmpoll;

namespace
{

hctx_view polled_hctx(unsigned number, std::uint64_t polls, std::uint64_t hits)
{
	return {.number = number,
		.type = "poll",
		.counters = poll_counters{.considered = 0, .invoked = polls, .success = hits}};
}

top_sample sample(std::uint64_t requests, std::vector<hctx_view> hctxs)
{
	return {{"nvme0n1", {.requests = requests, .interrupts = 5, .hctxs = std::move(hctxs)}}};
}

} // namespace

TEST(top, rates_per_disk_and_hw_queue)
{
	const auto rows = compare_samples(sample(100, {{.number = 0, .type = "default"},
						       polled_hctx(1, 10, 5),
						       polled_hctx(2, 0, 0)}),
					  sample(300, {{.number = 0, .type = "default"},
						       polled_hctx(1, 210, 105),
						       polled_hctx(2, 20, 0)}),
					  2);

	ASSERT_EQ(rows.size(), 3u);
	EXPECT_EQ(rows[0].requests, 100.0);
	EXPECT_EQ(rows[0].interrupts, 0.0);
	EXPECT_EQ(rows[0].polls, 110.0);
	EXPECT_EQ(rows[0].hits, 50.0);
	EXPECT_EQ(rows[1].hctx, 1u);
	EXPECT_EQ(rows[1].hit_rate(), 0.5);
	EXPECT_EQ(rows[2].hits, 0.0);
}

TEST(top, a_disk_that_is_gone_or_new_has_no_row)
{
	EXPECT_TRUE(compare_samples(sample(1, {}), {}, 1).empty());
	EXPECT_TRUE(compare_samples({}, sample(1, {}), 1).empty());
}

// A reset makes new hw queues, and their counters start over.
TEST(top, counters_that_start_over_have_no_rate)
{
	const auto rows = compare_samples(sample(9, {polled_hctx(1, 10, 5)}),
					  sample(10, {polled_hctx(1, 3, 1)}), 1);

	EXPECT_FALSE(rows[1].polls);
	EXPECT_FALSE(rows[1].hit_rate());
	EXPECT_NE(top_text(rows).find('?'), std::string::npos);
}

TEST(top, no_polls_no_hit_rate)
{
	const auto rows = compare_samples(sample(9, {polled_hctx(1, 10, 5)}),
					  sample(9, {polled_hctx(1, 10, 5)}), 1);

	EXPECT_EQ(rows[1].polls, 0.0);
	EXPECT_FALSE(rows[1].hit_rate());
}

TEST(top, kernels_without_counters)
{
	const auto rows = compare_samples(sample(9, {{.number = 1, .type = "poll"}}),
					  sample(19, {{.number = 1, .type = "poll"}}), 1);

	EXPECT_EQ(rows[0].requests, 10.0);
	EXPECT_FALSE(rows[0].polls);
	EXPECT_TRUE(nlohmann::json::parse(top_json(rows)).at("rows").at(0).at("polls").is_null());
}

TEST(top, lines_fit_a_terminal)
{
	const auto rows = compare_samples(sample(9, {polled_hctx(1, 10, 5)}),
					  sample(4000000000, {polled_hctx(1, 9999999999, 7)}), 1);
	const std::string text = top_text(rows);

	for (std::size_t at = 0; at < text.size();) {
		const std::size_t end = text.find('\n', at);

		EXPECT_LE(end - at, 80u);
		at = end + 1;
	}
}
