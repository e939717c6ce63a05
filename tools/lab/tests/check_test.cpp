// SPDX-License-Identifier: GPL-2.0
#include "check_command.hpp"
#include "check_run.hpp"
#include "checks.hpp"
#include "failure.hpp"
#include "machine.hpp"
#include "match.hpp"
#include "results.hpp"
#include "select.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(match, globs_cover_the_whole_name)
{
	EXPECT_TRUE(glob_matches("stripe.*", "stripe.split-read"));
	EXPECT_TRUE(glob_matches("*/stripe.?", "guest/stripe.a"));
	EXPECT_FALSE(glob_matches("stripe", "stripe.read"));
	EXPECT_FALSE(glob_matches("stripe.*", "my.stripe.read"));
}

TEST(match, counts_edits)
{
	EXPECT_EQ(edit_distance("stripe", "stripe"), 0U);
	EXPECT_EQ(edit_distance("stirpe", "stripe"), 2U);
	EXPECT_EQ(edit_distance("", "abc"), 3U);
	EXPECT_EQ(edit_distance("abc", ""), 3U);
}

TEST(match, offers_the_nearest_names_first)
{
	const auto near = near_names("unit.lib", {"stripe.read", "unit.lab", "linear.write"});
	EXPECT_EQ(near.front(), "unit.lab");
}

TEST(checks, reads_all_fields_and_comments)
{
	const auto list = parse_checks(R"({"checks": [
		// a comment
		{"name": "a.b", "why": "because", "run": ["x", "${repo}/y"], "exit": 3,
		 "output_has": ["one"], "output_lacks": ["two"], "limit_s": 7, "ktap": true,
		 "list": ["x", "--list"], "expect_failing": ["p.*"], "env": {"A": "${build}"}}
	]})",
				       "test");
	ASSERT_THAT(list, SizeIs(1));
	const auto c = expand(list[0], {{"repo", "/r"}, {"build", "/b"}});
	EXPECT_THAT(c.run, ElementsAre("x", "/r/y"));
	EXPECT_EQ(c.exit, 3);
	EXPECT_EQ(c.limit.count(), 7);
	EXPECT_TRUE(c.ktap);
	EXPECT_EQ(c.env.at("A"), "/b");
}

std::string complaint_about(const std::string &json, const check_view &view = {})
{
	try {
		parse_checks(json, "list.json", view);
	} catch (const failure &e) {
		return e.what();
	}
	return "no complaint";
}

std::string one_check(const std::string &fields)
{
	return R"({"checks": [{"name": "a", )" + fields + "}]}";
}

TEST(checks, complains_by_name)
{
	EXPECT_THAT(complaint_about("{"), HasSubstr("list.json"));
	EXPECT_THAT(complaint_about("[]"), HasSubstr("not an object"));
	EXPECT_THAT(complaint_about("{}"), HasSubstr("'checks' is not a list"));
	EXPECT_THAT(complaint_about(R"({"chekcs": []})"), HasSubstr("'chekcs'"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w")")), HasSubstr("'run'"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w", "run": ["x"], "guest": ["y"])")),
		    HasSubstr("one of the fields"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w", "run": ["x"], "exlt": 1)")),
		    HasSubstr("'exlt'"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w", "run": "x")")),
		    HasSubstr("check 1 (a)"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w", "run": ["x"], "output_has": ["("])")),
		    HasSubstr("bad regex"));
	EXPECT_THAT(complaint_about(R"({"checks": [{"name": "a", "why": "w", "run": ["x"]},
					{"name": "a", "why": "w", "run": ["x"]}]})"),
		    HasSubstr("two checks named a"));
	EXPECT_THAT(complaint_about(one_check(R"("why": "w", "tests": ["*"], "machine": "m")")),
		    HasSubstr("no machine 'm'"));
	EXPECT_THAT(complaint_about(R"({"machines": {"m": {"nvme": 1}}, "checks": []})"),
		    HasSubstr("machine m: unknown field 'nvme'"));
	EXPECT_THAT(
		complaint_about(R"({"machines": {"big": {}}, "checks": []})", {.machine = "bgi"}),
		HasSubstr("There are: big."));
}

constexpr const char *small_world = R"({
	"kernels": {"debug": {"lab": ["--memory=2048"], "driver": ["--slow=10"], "around": ["wrap"],
		"check": {"limit_s": 600, "exit": 3}}},
	"machines": {"polled": {"lab": ["--nvme=2"], "expect": ["--expect=poll"]},
		     "bare": {"lab": ["--nvme=1"], "disks": ["/d"], "expect": ["--expect=irq"]}},
	"checks": [
		{"name": "a", "why": "w", "machine": "polled", "tests": ["p.*", "q.*"],
		 "leaf": true, "limit_s": 700},
		{"name": "b", "why": "w", "guest": ["sh"], "exit": 3, "limit_s": 60},
		{"name": "a", "why": "w", "for": "debug", "machine": "polled", "exit": 2,
		 "tests": ["*"], "driver": ["--seed=1"], "expect": ["--expect=no"]}
	]})";

std::string command_in(const std::vector<check> &checks, std::size_t index)
{
	return shell_line(checks.at(index).run);
}

TEST(guest_check, is_a_command_of_kernel_machine_and_tests)
{
	const auto checks = parse_checks(small_world, "f");
	ASSERT_THAT(checks, SizeIs(2));
	EXPECT_EQ(command_in(checks, 0),
		  "'${lab}' run --kernel '${kernel.ours}' --nvme=2 --timeout=600 -- "
		  "'${selftests}/dm_iopoll' -d /dev/nvme0n1 -d /dev/nvme1n1 --expect=poll "
		  "--leaf '${leaf.ours}' -f 'p.*' -f 'q.*'");
	EXPECT_TRUE(checks[0].ktap);
	EXPECT_THAT(checks[0].list,
		    ElementsAre("${selftests}/dm_iopoll", "--list", "-f", "p.*", "-f", "q.*"));
	EXPECT_EQ(command_in(checks, 1),
		  "'${lab}' run --kernel '${kernel.ours}' --timeout=60 -- sh");
	EXPECT_FALSE(checks[1].ktap);
}

TEST(guest_check, has_what_its_kernel_asks_for)
{
	const auto checks = parse_checks(small_world, "f", {.set = "debug"});
	ASSERT_THAT(checks, SizeIs(1));
	EXPECT_EQ(command_in(checks, 0),
		  "'${lab}' run --kernel '${kernel.debug}' --memory=2048 --nvme=2 --timeout=500 -- "
		  "wrap '${selftests}/dm_iopoll' -d /dev/nvme0n1 -d /dev/nvme1n1 --expect=no "
		  "--slow=10 --seed=1");
	EXPECT_EQ(checks[0].limit.count(), 600);
	EXPECT_EQ(checks[0].exit, 2);
}

TEST(guest_check, moves_to_another_machine)
{
	const auto checks = parse_checks(small_world, "f", {.machine = "bare"});
	ASSERT_THAT(checks, SizeIs(1));
	EXPECT_THAT(command_in(checks, 0),
		    HasSubstr(" --nvme=1 --timeout=600 -- "
			      "'${selftests}/dm_iopoll' -d /d --expect=irq "));
}

TEST(checks, names_the_variable_that_has_no_value)
{
	const check c{.name = "a", .why = "w", .run = {"${kernel.ours}"}};
	try {
		expand(c, {});
		FAIL() << "expanded without a value";
	} catch (const failure &e) {
		EXPECT_THAT(e.what(), HasSubstr("kernel.ours"));
	}
}

TEST(parse_checks, knows_how_the_selftests_list_their_cases)
{
	const auto list = parse_checks(R"({"checks": [{"name": "a.b", "why": "w", "ktap": true,
		"run": ["lab", "--", "${selftests}/dm_iopoll", "-d", "x", "-f", "p.*"]}]})",
				       "f");
	EXPECT_THAT(list.at(0).list, ElementsAre("${selftests}/dm_iopoll", "--list", "-f", "p.*"));
}

TEST(parse_checks, lets_the_command_of_a_guest_list_its_cases)
{
	const auto list = parse_checks(R"({"checks": [{"name": "a.b", "why": "w", "ktap": true,
		"guest": ["x", "-f", "a"], "list": true}]})",
				       "f");
	EXPECT_THAT(list.at(0).list, ElementsAre("x", "-f", "a", "--list"));
}

TEST(variables_in, are_those_of_the_command_and_of_no_text)
{
	const check c{
		.name = "a.b", .why = "the ${base} kernel", .run = {"x", "--k=${kernel.ours}"}};
	EXPECT_THAT(variables_in(c), ElementsAre("kernel.ours"));
}

TEST(argv_of, has_the_picked_cases_in_place_of_the_filters)
{
	const check c{.name = "a.b",
		      .why = "w",
		      .run = {"x", "-f", "p.*", "-d", "disk"},
		      .ktap = true,
		      .list = {"l"}};
	EXPECT_THAT(argv_of(c, {}), ElementsAre("x", "-f", "p.*", "-d", "disk"));
	EXPECT_THAT(argv_of(c, {"p.a"}), ElementsAre("x", "-d", "disk", "--filter", "p.a"));
}

TEST(argv_of, runs_all_where_cases_cannot_be_picked)
{
	const check c{.name = "a.b", .why = "w", .run = {"x", "suite"}, .ktap = true};
	EXPECT_THAT(argv_of(c, {"case"}), ElementsAre("x", "suite"));
}

std::vector<check> sample()
{
	return {{.name = "unit.lab", .why = "w", .run = {"x"}},
		{.name = "guest.poll", .why = "w", .run = {"x"}, .ktap = true, .list = {"l"}},
		{.name = "guest.irq", .why = "w", .run = {"x"}, .ktap = true, .list = {"l"}}};
}

std::vector<std::string> sample_cases(const check &)
{
	return {"stripe.read", "stripe.write", "linear.read"};
}

std::vector<std::string> selection(const std::vector<std::string> &patterns)
{
	std::vector<std::string> shown;
	for (const auto &s : select_checks(sample(), patterns, sample_cases)) {
		auto text = s.what.name;
		for (const auto &name : s.cases)
			text += " " + name;
		shown.push_back(text);
	}
	return shown;
}

TEST(select_checks, takes_all_without_patterns)
{
	EXPECT_THAT(selection({}), ElementsAre("unit.lab", "guest.poll", "guest.irq"));
}

TEST(select_checks, takes_whole_checks_by_name)
{
	EXPECT_THAT(selection({"guest.*"}), ElementsAre("guest.poll", "guest.irq"));
}

TEST(select_checks, takes_cases_of_every_check)
{
	EXPECT_THAT(selection({"stripe.*"}), ElementsAre("guest.poll stripe.read stripe.write",
							 "guest.irq stripe.read stripe.write"));
}

TEST(select_checks, takes_cases_of_one_check)
{
	EXPECT_THAT(selection({"guest.irq/linear.read"}), ElementsAre("guest.irq linear.read"));
}

TEST(select_checks, needs_no_filter_when_all_cases_match)
{
	EXPECT_THAT(selection({"guest.poll/*"}), ElementsAre("guest.poll"));
}

TEST(select_checks, does_not_ask_for_cases_in_vain)
{
	const auto forbidden = [](const check &) -> std::vector<std::string> {
		ADD_FAILURE() << "asked for cases";
		return {};
	};
	EXPECT_THAT(select_checks(sample(), {"unit.lab"}, forbidden), SizeIs(1));
	EXPECT_THAT(select_checks(sample(), {}, forbidden), SizeIs(3));
}

TEST(select_checks, rejects_a_pattern_that_picks_nothing)
{
	try {
		selection({"unit.lab", "strpe.read"});
		FAIL() << "accepted it";
	} catch (const failure &e) {
		EXPECT_THAT(e.what(), HasSubstr("strpe.read"));
		EXPECT_THAT(e.what(), HasSubstr("stripe.read"));
	}
}

TEST(results, close_with_the_agreed_line)
{
	EXPECT_EQ(closing_line({.passed = 3, .failed = 0, .skipped = 2}),
		  "3 passed, 0 failed, 2 skipped");
}

TEST(results, are_valid_ktap)
{
	const auto text = to_ktap(
		{{.name = "a", .check = "a"},
		 {.name = "b/c", .check = "b", .state = test_state::failed, .reason = "not ok"},
		 {.name = "d", .check = "d", .state = test_state::skipped, .reason = "no disk"}});
	EXPECT_EQ(text, "KTAP version 1\n1..3\nok 1 a\n# not ok\nnot ok 2 b/c\n"
			"ok 3 d # SKIP no disk\n");
}

TEST(results, survive_output_that_is_no_utf8)
{
	EXPECT_THAT(to_json({{.name = "a", .check = "a", .reason = "\xff"}}), HasSubstr("\"a\""));
}

} // namespace
} // namespace lab
