// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "report/summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace dmpoll;

namespace
{

comparison ratio_named(const measurements &m, const std::string &key)
{
	const auto list = compare_iops(m);
	const auto found = std::ranges::find(list, key, &comparison::key);

	return found == list.end() ? comparison{} : *found;
}

} // namespace

TEST(summary, ratios_are_paired_by_repeat)
{
	const comparison c = ratio_named(good_measurements(), "dm_poll_over_dm_irq");

	EXPECT_NEAR(c.ratio->median, 1.5, 1e-9);
	EXPECT_NEAR(c.ratio->max - c.ratio->min, 0, 1e-9); // the repeats' own speed cancels out
	EXPECT_EQ(c.ratio->count, 6u);
	EXPECT_EQ(c.result(), comparison::outcome::better);
	EXPECT_NEAR(ratio_named(good_measurements(), "dm_poll_over_raw_poll").ratio->median, 0.9,
		    1e-9);
}

TEST(summary, a_repeat_without_its_partner_is_left_out)
{
	measurements m = good_measurements();

	std::erase_if(m.runs,
		      [](const run_record &run) { return run.what == dm_irq && run.repeat == 2; });
	EXPECT_EQ(ratio_named(m, "dm_poll_over_dm_irq").ratio->count, 5u);
}

TEST(summary, no_ratio_over_zero)
{
	const auto m =
		with_runs(good_measurements(), dm_irq, [](run_record &run) { run.fio.iops = 0; });
	const comparison c = ratio_named(m, "dm_poll_over_dm_irq");

	EXPECT_FALSE(c.ratio || c.bounds);
	EXPECT_EQ(c.result(), comparison::outcome::unknown);
}

TEST(summary, failed_runs_count_for_nothing_but_are_kept)
{
	measurements m = good_measurements();

	m.runs.at(0).failure = "fio: killed"; // raw/irq
	const case_summary s = summarise(m, raw_irq);

	EXPECT_EQ(s.good_runs, 5u);
	EXPECT_EQ(s.failures, std::vector<std::string>{"fio: killed"});
}

TEST(summary, interrupts_and_polls_are_per_read_of_the_disk)
{
	EXPECT_NEAR(summarise(good_measurements(), dm_irq).interrupts_per_io->median, 0.25, 1e-4);
	EXPECT_NEAR(summarise(good_measurements(), dm_poll).polls_per_io->median, 1, 1e-9);
}

TEST(summary, more_latency_is_worse)
{
	const auto m = with_runs(good_measurements(), dm_poll,
				 [](run_record &run) { run.fio.lat_p99 = 1e12; });

	for (const comparison &c : compare_poll_with_irq(m))
		if (c.metric == "p99") {
			EXPECT_EQ(c.result(), c.over == dm_poll ? comparison::outcome::worse
								: comparison::outcome::better);
		}
}

TEST(summary, too_few_repeats_decide_nothing)
{
	measurements m = good_measurements();

	std::erase_if(m.runs, [](const run_record &run) { return run.repeat > 4; });
	EXPECT_EQ(ratio_named(m, "dm_poll_over_dm_irq").result(), comparison::outcome::unknown);
}

TEST(summary, an_interval_around_one_is_no_difference)
{
	const comparison c{.bounds = interval{.low = 0.9, .high = 1.1, .confidence = 0.95}};

	EXPECT_EQ(c.result(), comparison::outcome::no_difference);
}

TEST(summary, proof_adds_up_hits_and_takes_the_worst_interrupts)
{
	measurements m = good_measurements();
	std::uint64_t hits = 0;

	for (run_record &run : m.runs)
		if (run.what == dm_poll) {
			hits += run.polls->success;
			run.interrupts = run.repeat;
		}
	EXPECT_EQ(prove(m).poll_hits, hits);
	EXPECT_EQ(prove(m).interrupts_polled_run, 6u);
}
