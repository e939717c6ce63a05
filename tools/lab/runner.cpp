// SPDX-License-Identifier: GPL-2.0
#include "runner.hpp"
#include "check_run.hpp"
#include "process.hpp"
#include "results.hpp"
#include "select.hpp"
#include "times.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <list>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

using clock = std::chrono::steady_clock;

constexpr auto list_limit = std::chrono::seconds(60);

// Everything a command writes to stdout, or nothing when it fails or takes too long.
std::optional<std::string> output_of(const std::vector<std::string> &argv)
try {
	auto out = make_output_pipe();
	child command({.argv = argv, .out = out.theirs.get()});
	out.theirs.reset();
	std::string text;
	const auto end = clock::now() + list_limit;
	while (clock::now() < end) {
		pollfd fd{.fd = out.ours.get(), .events = POLLIN, .revents = 0};
		::poll(&fd, 1, 1000);
		if (read_some(out.ours, text) == read_result::closed)
			return command.wait() == 0 ? std::optional(text) : std::nullopt;
	}
	return std::nullopt;
} catch (const std::system_error &) {
	return std::nullopt;
}

// The first word of each line; what follows is said to a person.
std::vector<std::string> names_in(const std::string &text)
{
	std::vector<std::string> names;
	std::istringstream in(text);
	for (std::string line; std::getline(in, line);)
		if (!line.empty())
			names.push_back(line.substr(0, line.find(' ')));
	return names;
}

// Lists are asked for at most once, and need variables only when they are asked for.
case_lister make_lister(const variables &values)
{
	return [values](const check &c) {
		const auto argv =
			expand({.name = c.name, .why = c.why, .list = c.list}, values).list;
		const auto text = output_of(argv);
		if (!text)
			fmt::print(stderr,
				   "lab: {} cannot list its cases ({}): patterns cannot pick "
				   "them; build it first.\n",
				   c.name, fmt::join(argv, " "));
		return names_in(text.value_or(""));
	};
}

void print_list(const std::vector<selected_check> &selected, const case_lister &lister)
{
	for (const auto &s : selected) {
		fmt::print("{:<32} {}\n", s.what.name, s.what.why);
		auto cases = s.cases;
		if (cases.empty() && !s.what.list.empty())
			cases = lister(s.what);
		for (const auto &name : cases)
			fmt::print("    {}/{}\n", s.what.name, name);
	}
}

void print_needs(const std::vector<selected_check> &selected)
{
	std::set<std::string> names;
	for (const auto &s : selected)
		names.merge(variables_in(s.what));
	for (const auto &name : names)
		fmt::print("{}\n", name);
}

void make_results_dir(const fs::path &dir)
{
	std::error_code error;
	fs::create_directories(dir / "logs", error);
	if (error)
		throw failure(error.value(),
			      fmt::format("The results directory {} cannot be made: {}. Name "
					  "another one with --results.",
					  dir.string(), error.message()));
}

class runner
{
public:
	runner(std::vector<selected_check> selected, const check_options &options)
	    : selected_(std::move(selected)), options_(options), times_(load_times(options.results))
	{
	}

	verdict run();

private:
	void start_next();
	void wait_for_news() const;
	void step_all();
	void check_signals();
	std::string left() const;
	verdict conclude();

	std::vector<selected_check> selected_;
	const check_options &options_;
	check_times times_;
	std::map<std::string, clock::time_point> begun_; // what runs whole
	unique_fd signals_ = make_signal_fd({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
	std::size_t next_ = 0;
	std::list<check_run> running_;
	result_list results_;
	bool interrupted_ = false;
};

verdict runner::run()
{
	while (!running_.empty() || (next_ < selected_.size() && !interrupted_)) {
		while (running_.size() < options_.jobs && next_ < selected_.size() && !interrupted_)
			start_next();
		wait_for_news();
		check_signals();
		step_all();
	}
	return conclude();
}

void runner::start_next()
{
	const auto &chosen = selected_[next_++];
	fmt::print("[{}/{}] {} ...{}\n", next_, selected_.size(), chosen.what.name, left());
	std::fflush(stdout);
	const auto take = [this, whole = chosen.what.list.empty()](test_result result) {
		if (!options_.again.empty())
			result.again =
				options_.again + shell_line({whole ? result.check : result.name});
		results_.add(std::move(result));
	};
	if (chosen.cases.empty())
		begun_[chosen.what.name] = clock::now();
	running_.emplace_back(chosen, options_.results / "logs" / (chosen.what.name + ".log"),
			      take);
}

// Of what has not begun, and of what began now: the rest of the others is short, or unknown.
std::string runner::left() const
{
	std::vector<std::string> names;
	for (auto i = next_ - 1; i < selected_.size(); ++i)
		names.push_back(selected_[i].what.name);
	const auto time = time_of(names, options_.jobs, times_);
	return time ? " (" + left_text(*time) + ")" : "";
}

void runner::wait_for_news() const
{
	using std::chrono::milliseconds;
	std::vector<pollfd> fds{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
	auto deadline = clock::now() + std::chrono::seconds(1);
	for (const auto &check : running_) {
		for (const int fd : check.descriptors())
			fds.push_back({.fd = fd, .events = POLLIN, .revents = 0});
		deadline = std::min(deadline, check.deadline());
	}
	const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now());
	::poll(fds.data(), fds.size(), static_cast<int>(std::max(left, milliseconds(0)).count()));
}

void runner::step_all()
{
	std::erase_if(running_, [this](check_run &check) {
		if (!check.step())
			return false;
		if (const auto begun = begun_.find(check.name()); begun != begun_.end())
			times_[check.name()] = seconds_f(clock::now() - begun->second).count();
		return true;
	});
}

void runner::check_signals()
{
	while (const auto signal = take_signal(signals_)) {
		if (*signal == SIGCHLD)
			continue;
		interrupted_ = true;
		for (auto &check : running_)
			check.cancel();
	}
}

verdict runner::conclude()
{
	results_.write(options_.results);
	if (!interrupted_)
		save_times(options_.results, times_);
	fmt::print("results: {}\n", (options_.results / "results.json").string());
	if (interrupted_)
		fmt::print("INTERRUPTED: the remaining tests were not run\n");
	results_.print_summary();
	if (interrupted_)
		return verdict::interrupted;
	return results_.good() ? verdict::pass : verdict::failed;
}

} // namespace

variables read_variables(const std::vector<std::string> &vars)
{
	const auto repo = fs::current_path();
	variables values{{"repo", repo.string()}, {"build", (repo / "build").string()}};
	for (const auto &text : vars) {
		const auto equals = text.find('=');
		if (equals == 0 || equals == text.npos)
			throw failure(std::errc::invalid_argument,
				      fmt::format("--var {} is not of the form NAME=VALUE.", text));
		values[text.substr(0, equals)] = text.substr(equals + 1);
	}
	return values;
}

verdict run_checks(const check_options &options)
{
	const auto values = read_variables(options.vars);
	const auto lister = make_lister(values);
	auto selected =
		select_checks(load_checks(options.checks, options.view), options.patterns, lister);
	if (options.list) {
		print_list(selected, lister);
		return verdict::pass;
	}
	if (options.needs) {
		print_needs(selected);
		return verdict::pass;
	}
	for (auto &s : selected) {
		if (s.what.survey && s.cases.empty())
			s.cases = lister(s.what);
		s.what = expand(std::move(s.what), values);
	}
	auto absolute = options;
	absolute.results = fs::absolute(options.results);
	make_results_dir(absolute.results);
	return runner(std::move(selected), absolute).run();
}

} // namespace lab
