// SPDX-License-Identifier: GPL-2.0
#include "comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::HasSubstr;
using testing::Not;

TEST(comparison, reads_the_cases_of_one_check)
{
	const auto cases = read_cases(R"({"results": [
		{"name": "guest.poll/a.one", "check": "guest.poll", "state": "passed", "reason": ""},
		{"name": "guest.irq/a.one", "check": "guest.irq", "state": "failed", "reason": "x"},
		{"name": "guest.poll", "check": "guest.poll", "state": "failed", "reason": "y"}
	]})",
				      "guest.poll");
	ASSERT_EQ(cases.size(), 1U);
	EXPECT_EQ(cases[0].name, "a.one");
	EXPECT_EQ(cases[0].state, "passed");
}

TEST(comparison, has_a_row_per_case_and_says_what_did_not_pass)
{
	const auto text = to_markdown(
		{{"ours", {{"a.one", "guest.poll", "passed"}, {"a.two", "guest.poll", "passed"}}},
		 {"theirs",
		  {{"a.one", "guest.irq", "passed"},
		   {"a.two", "guest.irq", "crashed", "BUG: in f"},
		   {"a.three", "guest.irq", "skipped", "no disk"}}}});
	EXPECT_THAT(text, HasSubstr("| test | ours | theirs |\n|---|---|---|\n"));
	EXPECT_THAT(text, HasSubstr("| `a.one` | pass | pass: irq |\n"));
	EXPECT_THAT(text, HasSubstr("| `a.two` | pass | **crashed** |\n"));
	EXPECT_THAT(text, HasSubstr("| `a.three` | not run | – |\n"));
	EXPECT_THAT(text, HasSubstr("- ours: 2 passed\n- theirs: 1 passed, 1 crashed, 1 skipped"));
	EXPECT_THAT(text, HasSubstr("theirs: what did not pass\n\n- `a.two` crashed: BUG: in f\n"));
	EXPECT_THAT(text, HasSubstr("theirs: what was skipped\n\n- no disk: `a.three`\n"));
	EXPECT_THAT(text, Not(HasSubstr("ours: what")));
}

TEST(comparison, says_when_kept_results_were_seen)
{
	const std::string kept = R"({"results": [
		{"name": "guest.poll/a.one", "check": "guest.poll", "state": "passed", "reason": "", "run": "2026-12-01"}]})";
	auto cases = read_cases(kept, "");
	EXPECT_THAT(to_markdown({{"ours", cases}}),
		    HasSubstr("- ours, run on 2026-12-01: 1 passed\n"));
	cases.push_back({"a.two", "guest.poll", "passed", "", "2026-11-30"});
	EXPECT_THAT(to_markdown({{"ours", cases}}),
		    HasSubstr("- ours, run from 2026-11-30 to 2026-12-01: 2 passed\n"));
}

TEST(comparison, refuses_two_results_of_a_case_in_one_column)
{
	try {
		to_markdown({{"ours", {{"a.one", "guest.poll", "passed"}}},
			     {"theirs",
			      {{"a.one", "guest.poll", "skipped", "no disk"},
			       {"a.one", "guest.irq", "passed"}}}});
		FAIL() << "no failure";
	} catch (const failure &e) {
		EXPECT_THAT(e.what(), HasSubstr("theirs has two results of a.one"));
		EXPECT_THAT(e.what(), HasSubstr("guest.poll and guest.irq"));
	}
}

TEST(comparison, names_a_file_that_is_missing)
{
	try {
		compare({.columns = {"ours=/nonexistent/results.json"}});
		FAIL() << "no failure";
	} catch (const failure &e) {
		EXPECT_THAT(e.what(), HasSubstr("/nonexistent/results.json"));
	}
}

} // namespace
} // namespace lab
