// SPDX-License-Identifier: GPL-2.0
#include "check_run.hpp"
#include "failure.hpp"
#include "match.hpp"
#include "survey.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <regex>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

namespace lab
{

namespace
{

using clock = std::chrono::steady_clock;

constexpr std::size_t tail_lines = 10;
constexpr int skip_status = 4; // kselftest's
// A launcher that is asked to end needs a moment to end its guest.
constexpr auto grace = std::chrono::seconds(5);

bool exited_with(int status, int wanted)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == wanted;
}

} // namespace

std::vector<std::string> argv_of(const check &c, const std::vector<std::string> &cases)
{
	if (cases.empty() || c.list.empty())
		return c.run;
	std::vector<std::string> argv;
	for (auto word = c.run.begin(); word != c.run.end(); ++word)
		if (*word == "-f" || *word == "--filter")
			++word;
		else
			argv.push_back(*word);
	for (const auto &name : cases)
		argv.insert(argv.end(), {"--filter", name});
	return argv;
}

std::string command_line_of(const check &c, const std::vector<std::string> &cases)
{
	std::vector<std::string> words;
	if (!c.env.empty())
		words.emplace_back("env");
	for (const auto &[name, value] : c.env)
		words.push_back(name + "=" + value);
	const auto argv = argv_of(c, cases);
	words.insert(words.end(), argv.begin(), argv.end());
	return shell_line(words);
}

check_run::check_run(selected_check selected, std::filesystem::path log, sink on_result)
    : selected_(std::move(selected)),
      log_path_(std::move(log)),
      on_result_(std::move(on_result)),
      started_(clock::now()),
      last_result_(started_)
{
	for (const auto &text : selected_.what.output_has)
		wanted_.push_back({.text = text, .expression = std::regex(text)});
	for (const auto &text : selected_.what.output_lacks)
		unwanted_.push_back({.text = text, .expression = std::regex(text)});
	log_ = unique_fd(open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	if (!log_)
		throw failure(errno, fmt::format("The log {} cannot be written: {}. Name another "
						 "directory with --results.",
						 log_path_.string(), strerror(errno)));
	start();
}

// For each start: of a survey there are several.
void check_run::begin_log()
{
	write_all(log_.get(),
		  fmt::format("$ {}\n", command_line_of(selected_.what, selected_.cases)));
	// The console of a guest that the check starts belongs beside the check's log.
	console_ = log_path_;
	console_.replace_extension(++starts_ > 1 ? fmt::format("{}.console", starts_) : "console");
	if (selected_.what.ktap)
		ktap_.emplace([this](const case_result &result) { take_case(result); });
	cases_failed_ = cases_skipped_ = 0;
	started_ = last_result_ = clock::now();
}

void check_run::start()
{
	auto out = make_output_pipe(), err = make_output_pipe();
	begin_log();
	std::vector<std::string> env{"LAB_CONSOLE=" + console_.string()};
	for (const auto &[name, value] : selected_.what.env)
		env.push_back(name + "=" + value);
	try {
		child_.emplace(child_options{.argv = argv_of(selected_.what, selected_.cases),
					     .out = out.theirs.get(),
					     .err = err.theirs.get(),
					     .env = std::move(env)});
	} catch (const std::system_error &e) {
		start_error_ = fmt::format("cannot be started: {}", e.what());
	}
	out_ = std::move(out.ours);
	err_ = std::move(err.ours);
}

clock::time_point check_run::deadline() const
{
	return asked_to_end_ ? *asked_to_end_ + grace : started_ + selected_.what.limit;
}

bool check_run::step()
{
	drain();
	// A descendant may hold the pipes for ever: what counts is the process we started.
	if (child_ && !child_->poll()) {
		enforce_limit();
		return false;
	}
	if (child_)
		child_->signal_group(SIGKILL);
	drain();
	return finish();
}

void check_run::cancel()
{
	cancelled_ = true;
	ask_to_end();
}

void check_run::ask_to_end()
{
	const int signal = asked_to_end_ ? SIGKILL : SIGTERM;
	asked_to_end_ = clock::now();
	if (child_)
		child_->signal_group(signal);
}

void check_run::enforce_limit()
{
	if (clock::now() < deadline())
		return;
	limit_reached_ = true;
	ask_to_end();
}

void check_run::drain()
{
	read_available(err_, err_partial_);
	take_lines(err_partial_, false);
	read_available(out_, out_partial_);
	take_lines(out_partial_, true);
}

void check_run::take_lines(std::string &partial, bool from_stdout)
{
	for (auto end = partial.find('\n'); end != partial.npos; end = partial.find('\n')) {
		const auto line = partial.substr(0, end);
		partial.erase(0, end + 1);
		take_line(line, from_stdout);
	}
}

void check_run::take_line(const std::string &line, bool from_stdout)
{
	write_all(log_.get(), line + "\n");
	note_matches(line);
	tail_.push_back(line);
	if (tail_.size() > tail_lines)
		tail_.pop_front();
	if (from_stdout && ktap_)
		ktap_->feed(line + "\n");
}

// Line by line: std::regex recurses, and would run out of stack on a long text.
void check_run::note_matches(const std::string &line)
{
	constexpr std::size_t longest = 4096;
	const auto text = line.substr(0, longest);
	for (auto *list : {&wanted_, &unwanted_})
		for (auto &p : *list)
			p.seen = p.seen || std::regex_search(text, p.expression);
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
	result.log = log_path_;
	if (result.state == test_state::failed)
		result.tail = tail_;
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
	for (auto *partial : {&err_partial_, &out_partial_})
		if (!partial->empty())
			take_line(std::exchange(*partial, {}), partial == &out_partial_);
	if (cancelled_)
		return true;
	if (!child_)
		report_whole(test_state::failed, start_error_);
	else if (selected_.what.survey)
		return finish_survey(*child_->poll());
	else if (selected_.what.ktap)
		finish_ktap(*child_->poll());
	else
		finish_plain(*child_->poll());
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
	asked_to_end_.reset();
	limit_reached_ = false;
	start();
	return false;
}

// What became of the case during which a survey's process ended.
test_state check_run::state_of_end(int status) const
{
	if (limit_reached_ || exited_with(status, int(verdict::timed_out)))
		return test_state::stalled;
	return exited_with(status, int(verdict::guest_lost)) ? test_state::crashed
							     : test_state::failed;
}

// The process ended during it, or soon after it was told to.
void check_run::blame_first_case(int status)
{
	const auto name = selected_.cases.front();
	const auto fault = fault_on(console_);
	report_case(name, state_of_end(status), fault.empty() ? end_problem(status) : fault);
}

// Why the end itself is wrong; empty when the status is the wanted one.
std::string check_run::end_problem(int status) const
{
	if (limit_reached_)
		return fmt::format("reached its limit of {} s and was ended",
				   selected_.what.limit.count());
	if (!exited_with(status, selected_.what.exit))
		return fmt::format("{}, wanted {}", describe_status(status), selected_.what.exit);
	return {};
}

std::string check_run::output_problem() const
{
	for (const auto &wanted : wanted_)
		if (!wanted.seen)
			return fmt::format("no line of its output matches '{}'", wanted.text);
	for (const auto &unwanted : unwanted_)
		if (unwanted.seen)
			return fmt::format("a line of its output matches '{}', which it must not",
					   unwanted.text);
	return {};
}

void check_run::finish_plain(int status)
{
	const bool may_skip = selected_.what.exit != skip_status && !limit_reached_;
	if (may_skip && exited_with(status, skip_status)) {
		report_whole(test_state::skipped,
			     tail_.empty() ? "it gave no reason" : tail_.back());
		return;
	}
	auto problem = end_problem(status);
	if (problem.empty())
		problem = output_problem();
	report_whole(problem.empty() ? test_state::passed : test_state::failed, problem);
}

// A status that the cases themselves explain is no news: 1 with a failed one, 4 with skips only.
std::string check_run::ktap_problem(int status)
{
	auto problems = ktap_->finish();
	const bool explained = (exited_with(status, 1) && cases_failed_ > 0) ||
			       (exited_with(status, skip_status) && cases_skipped_ > 0 &&
				cases_skipped_ == ktap_->cases());
	if (auto problem = end_problem(status); limit_reached_ || (!problem.empty() && !explained))
		problems.insert(problems.begin(), std::move(problem));
	if (auto problem = output_problem(); !problem.empty())
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
