// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace dmpoll;

TEST(measurement, survives_being_written_and_read)
{
	measurements m = good_measurements();

	m.runs.at(0).failure = "fio: broken";
	m.runs.at(1).interrupts.reset();
	m.runs.at(2).polls.reset();
	m.warnings = {"a warning"};
	const std::string text = to_json_text(m);
	const measurements back = measurements_from_json(text);

	EXPECT_EQ(to_json_text(back), text);
	EXPECT_EQ(back.runs.size(), 24u);
	EXPECT_FALSE(back.runs.at(0).ok());
	EXPECT_FALSE(back.runs.at(1).interrupts);
	EXPECT_EQ(back.job.runtime, m.job.runtime);
}

TEST(measurement, refuses_foreign_json)
{
	EXPECT_THROW(measurements_from_json(""), std::runtime_error);
	EXPECT_THROW(measurements_from_json("[]"), std::runtime_error);
	EXPECT_THROW(measurements_from_json("{\"format\": \"other\", \"version\": 1}"),
		     std::runtime_error);
	EXPECT_THROW(
		measurements_from_json("{\"format\": \"dmpoll-measurements\", \"version\": 2}"),
		std::runtime_error);
}

TEST(measurement, missing_directory_says_how_to_measure)
{
	try {
		load_measurements("/nonexistent");
		FAIL() << "no error";
	} catch (const std::runtime_error &error) {
		EXPECT_NE(std::string(error.what()).find("dmpoll bench"), std::string::npos);
	}
}

TEST(bench_case, names_are_inverses)
{
	for (bench_case c : all_cases)
		EXPECT_EQ(case_named(name_of(c)), c);
	EXPECT_EQ(name_of(dm_poll), "dm/poll");
	EXPECT_THROW(case_named("dm"), std::invalid_argument);
}

TEST(bench_case, plan_interleaves_and_turns_around)
{
	const auto plan = plan_runs(2);

	ASSERT_EQ(plan.size(), 8u);
	EXPECT_EQ(plan[0].what, raw_irq);
	EXPECT_EQ(plan[3].what, dm_poll);
	EXPECT_EQ(plan[4].what, dm_poll);
	EXPECT_EQ(plan[7].what, raw_irq);
	EXPECT_EQ(plan[7].repeat, 2u);
}
