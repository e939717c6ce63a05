// SPDX-License-Identifier: GPL-2.0
#include "check_run.hpp"
#include "check_command.hpp"
#include "failure.hpp"
#include "match.hpp"
#include "survey.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

namespace lab
{

namespace
{

using clock = std::chrono::steady_clock;

constexpr int skip_status = 4; // kselftest's

bool exited_with(int status, int wanted)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == wanted;
}

} // namespace

check_run::check_run(selected_check selected, std::filesystem::path log, sink on_result)
    : selected_(std::move(selected)),
      on_result_(std::move(on_result)),
      patterns_(selected_.what.output_has, selected_.what.output_lacks),
      process_(std::move(log),
	       [this](const std::string &line, bool from_stdout) { take_line(line, from_stdout); })
{
	start();
}

// Of a survey there are several starts.
void check_run::start()
{
	const auto &what = selected_.what;
	if (what.ktap)
		ktap_.emplace([this](const case_result &result) { take_case(result); });
	cases_failed_ = cases_skipped_ = 0;
	last_result_ = clock::now();
	process_.start(argv_of(what, selected_.cases), what.env,
		       command_line_of(what, selected_.cases), what.limit);
}

bool check_run::step()
{
	return process_.step() && finish();
}

void check_run::cancel()
{
	cancelled_ = true;
	process_.ask_to_end();
}

void check_run::take_line(const std::string &line, bool from_stdout)
{
	patterns_.note(line);
	if (from_stdout && ktap_)
		ktap_->feed(line + "\n");
}

bool check_run::must_fail(const std::string &name) const
{
	return any_matches(selected_.what.expect_failing, name);
}

test_state check_run::state_of(const case_result &result) const
{
	switch (result.state) {
	case case_state::ok:
		return test_state::passed;
	case case_state::skip:
		return test_state::skipped;
	case case_state::not_ok:
		return selected_.what.survey ? finding_of(result.notes).state : test_state::failed;
	}
	return test_state::failed;
}

void check_run::take_case(const case_result &result)
{
	const auto state = state_of(result);
	auto why = result.reason;
	cases_failed_ += result.state == case_state::not_ok;
	cases_skipped_ += result.state == case_state::skip;
	if (result.state == case_state::not_ok) {
		const auto found = finding_of(result.notes);
		why = found.reason.empty() ? "not ok" : found.reason;
		if (!selected_.what.survey && !found.where.empty())
			why += " (" + found.where + ")";
	}
	report_case(result.name, state, why);
}

// Where a case must fail, only that is good: a test that passes there sees nothing.
void check_run::report_case(const std::string &name, test_state state, std::string reason)
{
	const auto &what = selected_.what;
	const bool inverted = must_fail(name);
	const bool missed = state == test_state::passed || state == test_state::skipped;
	if (what.survey)
		std::erase(selected_.cases, name);
	if (inverted && missed)
		reason = "must fail here, but did not: the test misses the fault it is there to "
			 "find";
	report({.name = name.empty() ? what.name : what.name + "/" + name,
		.check = what.name,
		.state = !inverted ? state
			 : missed  ? test_state::failed
				   : test_state::passed,
		.reason = std::move(reason),
		.finding = what.survey && !inverted,
		.again = command_line_of(what, {name})});
}

void check_run::report(test_result result)
{
	const auto now = clock::now();
	result.elapsed = now - std::exchange(last_result_, now);
	result.log = process_.log();
	if (result.state == test_state::failed)
		result.tail = process_.tail();
	on_result_(std::move(result));
}

void check_run::report_whole(test_state state, std::string reason)
{
	report({.name = selected_.what.name,
		.check = selected_.what.name,
		.state = state,
		.reason = std::move(reason),
		.again = command_line_of(selected_.what, selected_.cases)});
}

// False when a survey goes on.
bool check_run::finish()
{
	if (cancelled_)
		return true;
	const auto status = process_.status();
	if (!status)
		report_whole(test_state::failed, process_.start_error());
	else if (selected_.what.survey)
		return finish_survey(*status);
	else if (selected_.what.ktap)
		finish_ktap(*status);
	else
		finish_plain(*status);
	return true;
}

// Each process brings at least one result, so this comes to an end.
bool check_run::finish_survey(int status)
{
	// A kernel that is broken on purpose may be so before any test.
	const bool begun =
		ktap_->begun() || (state_of_end(status) != test_state::failed &&
				   !selected_.cases.empty() && must_fail(selected_.cases.front()));
	const auto problem = ktap_problem(status);
	const auto left = selected_.cases.size();
	if (!begun || (left == 0 && !problem.empty() && cases_failed_ == 0)) {
		report_whole(test_state::failed,
			     begun ? problem : "ended before its first test: " + problem);
		return true;
	}
	if (left > 0 && cases_failed_ == 0)
		blame_first_case(status);
	if (selected_.cases.empty())
		return true;
	start();
	return false;
}

// What became of the case during which a survey's process ended.
test_state check_run::state_of_end(int status) const
{
	if (process_.limit_reached() || exited_with(status, int(verdict::timed_out)))
		return test_state::stalled;
	return exited_with(status, int(verdict::guest_lost)) ? test_state::crashed
							     : test_state::failed;
}

// The process ended during it, or soon after it was told to.
void check_run::blame_first_case(int status)
{
	const auto name = selected_.cases.front();
	const auto fault = fault_on(process_.console());
	report_case(name, state_of_end(status), fault.empty() ? end_problem(status) : fault);
}

// Why the end itself is wrong; empty when the status is the wanted one.
std::string check_run::end_problem(int status) const
{
	if (process_.limit_reached())
		return fmt::format("reached its limit of {} s and was ended",
				   selected_.what.limit.count());
	if (!exited_with(status, selected_.what.exit))
		return fmt::format("{}, wanted {}", describe_status(status), selected_.what.exit);
	return {};
}

void check_run::finish_plain(int status)
{
	const bool may_skip = selected_.what.exit != skip_status && !process_.limit_reached();
	if (may_skip && exited_with(status, skip_status)) {
		report_whole(test_state::skipped, process_.tail().empty() ? "it gave no reason"
									  : process_.tail().back());
		return;
	}
	auto problem = end_problem(status);
	if (problem.empty())
		problem = patterns_.problem();
	report_whole(problem.empty() ? test_state::passed : test_state::failed, problem);
}

// A status that the cases themselves explain is no news: 1 with a failed one, 4 with skips only.
std::string check_run::ktap_problem(int status)
{
	auto problems = ktap_->finish();
	const bool explained = (exited_with(status, 1) && cases_failed_ > 0) ||
			       (exited_with(status, skip_status) && cases_skipped_ > 0 &&
				cases_skipped_ == ktap_->cases());
	if (auto problem = end_problem(status);
	    process_.limit_reached() || (!problem.empty() && !explained))
		problems.insert(problems.begin(), std::move(problem));
	if (auto problem = patterns_.problem(); !problem.empty())
		problems.push_back(std::move(problem));
	return fmt::format("{}", fmt::join(problems, "; "));
}

void check_run::finish_ktap(int status)
{
	const auto problem = ktap_problem(status);
	if (!problem.empty())
		report_whole(test_state::failed, problem);
	else if (ktap_->cases() == 0)
		report_whole(test_state::failed, "ran no test");
}

} // namespace lab
