// SPDX-License-Identifier: GPL-2.0
#include "ktap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct parsed {
	std::vector<case_result> cases;
	std::vector<std::string> problems;

	// "name=ok", "name=not ok", "name=skip"
	std::vector<std::string> shown() const
	{
		std::vector<std::string> list;
		for (const auto &c : cases)
			list.push_back(c.name + (c.state == case_state::ok       ? "=ok"
						 : c.state == case_state::not_ok ? "=not ok"
										 : "=skip"));
		return list;
	}
};

parsed parse(std::string_view text)
{
	parsed result;
	ktap_parser parser([&](const case_result &c) { result.cases.push_back(c); });
	// Byte by byte: what comes through a pipe may be cut anywhere.
	for (const char c : text)
		parser.feed(std::string_view(&c, 1));
	result.problems = parser.finish();
	return result;
}

TEST(ktap, reads_a_flat_list)
{
	const auto p = parse("KTAP version 1\n1..3\n"
			     "# a note\nok 1 stripe.read\n"
			     "not ok 2 - linear.write # took 3 s\n"
			     "ok 3 mpath.read # SKIP needs a second disk\n"
			     "# Totals: pass:1 fail:1 skip:1\n");
	EXPECT_THAT(p.shown(),
		    ElementsAre("stripe.read=ok", "linear.write=not ok", "mpath.read=skip"));
	EXPECT_EQ(p.cases[2].reason, "needs a second disk");
	EXPECT_THAT(p.problems, IsEmpty());
}

TEST(ktap, names_leaves_of_subtests_by_their_path)
{
	const auto p = parse("KTAP version 1\n1..2\n"
			     "    # Subtest: set\n    1..2\n    ok 1 - merge\n    ok 2 - full\n"
			     "ok 1 - set\n"
			     "  # Subtest: iterator\n  KTAP version 1\n  1..1\n"
			     "  not ok 1 iterator.empty\n"
			     "not ok 2 iterator\n");
	EXPECT_THAT(p.shown(), ElementsAre("set.merge=ok", "set.full=ok", "iterator.empty=not ok"));
	EXPECT_THAT(p.problems, IsEmpty());
}

TEST(ktap, reports_a_parent_that_failed_without_its_cases)
{
	const auto p = parse("1..1\n  # Subtest: a\n  1..1\n  ok 1 b\nnot ok 1 a\n");
	EXPECT_THAT(p.shown(), ElementsAre("a.b=ok", "a=not ok"));
}

TEST(ktap, misses_results_that_were_planned)
{
	const auto p = parse("KTAP version 1\n1..3\nok 1 a\n");
	ASSERT_EQ(p.problems.size(), 1U);
	EXPECT_THAT(p.problems[0], HasSubstr("3 results were planned, 1 came"));
}

TEST(ktap, misses_results_of_a_subtest)
{
	const auto p = parse("1..1\n    # Subtest: s\n    1..2\n    ok 1 a\nok 1 s\n");
	ASSERT_EQ(p.problems.size(), 1U);
	EXPECT_THAT(p.problems[0], HasSubstr("in s"));
}

TEST(ktap, finds_more_results_than_planned_wrong_too)
{
	EXPECT_THAT(parse("1..1\nok 1 a\nok 2 b\n").problems, testing::SizeIs(1));
}

TEST(ktap, needs_a_plan)
{
	EXPECT_THAT(parse("ok 1 a\n").problems, testing::SizeIs(1));
}

TEST(ktap, takes_no_ktap_at_all_for_a_problem)
{
	EXPECT_THAT(parse("Segmentation fault\n").problems, ElementsAre(HasSubstr("no KTAP")));
}

TEST(ktap, reports_a_bail_out)
{
	const auto p = parse("1..1\nok 1 a\nBail out! the disk went away\n");
	EXPECT_THAT(p.problems, ElementsAre("bailed out: the disk went away"));
}

TEST(ktap, sees_a_gap_in_the_numbers)
{
	EXPECT_THAT(parse("1..2\nok 1 a\nok 3 b\n").problems, testing::SizeIs(1));
}

TEST(ktap, takes_a_skipped_plan_for_one_skip)
{
	const auto p = parse("KTAP version 1\n1..0 # SKIP no disk named\n");
	EXPECT_THAT(p.shown(), ElementsAre("=skip"));
	EXPECT_EQ(p.cases[0].reason, "no disk named");
	EXPECT_THAT(p.problems, IsEmpty());
}

TEST(ktap, ignores_words_that_only_begin_like_a_result)
{
	EXPECT_THAT(parse("1..1\nokay then\nok 1 a\n").shown(), ElementsAre("a=ok"));
}

TEST(ktap, reads_a_last_line_without_end)
{
	EXPECT_THAT(parse("1..1\nok 1 a").shown(), ElementsAre("a=ok"));
}

} // namespace
} // namespace lab
