// SPDX-License-Identifier: GPL-2.0
#include "results.hpp"
#include "failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace lab
{

namespace
{

void print_line(const std::string &text)
{
	fmt::print("{}\n", text);
	std::fflush(stdout);
}

enum class colour { red = 31, green = 32, yellow = 33 };

// On a terminal only, and if nobody objects (no-color.org).
std::string coloured(std::string_view text, colour c)
{
	static const bool wanted = isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR");
	return wanted ? fmt::format("\033[{}m{}\033[0m", int(c), text) : std::string(text);
}

void print_failure(const test_result &r)
{
	print_line(fmt::format("{} {} ({:.1f} s): {}", coloured("FAILED ", colour::red), r.name,
			       r.elapsed.count(), r.reason));
	for (const auto &line : r.tail)
		print_line("    | " + line);
	print_line(fmt::format("    log:   {}", r.log.string()));
	print_line(fmt::format("    again: {}", r.again));
}

void print_finding(const test_result &r)
{
	print_line(fmt::format("{} {} ({:.1f} s): {}", coloured(name_of(r.state), colour::yellow),
			       r.name, r.elapsed.count(), r.reason));
}

std::string_view ktap_word(test_state state)
{
	return state == test_state::passed || state == test_state::skipped ? "ok" : "not ok";
}

void write_file(const std::filesystem::path &path, const std::string &text)
{
	std::ofstream file(path);
	file << text;
	file.close();
	if (!file)
		throw failure(errno, fmt::format("The results cannot be written to {}: {}. Free "
						 "some space, or name another directory with "
						 "--results.",
						 path.string(), strerror(errno)));
}

} // namespace

std::string_view name_of(test_state state)
{
	switch (state) {
	case test_state::passed:
		return "passed";
	case test_state::failed:
		return "failed";
	case test_state::skipped:
		return "skipped";
	case test_state::crashed:
		return "crashed";
	case test_state::stalled:
		return "stalled";
	}
	return "?";
}

void result_list::add(test_result result)
{
	if (result.finding && result.state != test_state::passed)
		print_finding(result);
	else if (result.state == test_state::failed)
		print_failure(result);
	else if (result.state == test_state::skipped)
		print_line(fmt::format("{} {} ({:.1f} s): {}", coloured("skipped", colour::yellow),
				       result.name, result.elapsed.count(), result.reason));
	else
		print_line(fmt::format("{} {} ({:.1f} s){}{}", coloured("ok     ", colour::green),
				       result.name, result.elapsed.count(),
				       result.reason.empty() ? "" : ": ", result.reason));
	results_.push_back(std::move(result));
}

tally result_list::count() const
{
	const auto with = [&](test_state state) {
		return static_cast<std::size_t>(
			std::count_if(results_.begin(), results_.end(),
				      [&](const test_result &r) { return r.state == state; }));
	};
	return {.passed = with(test_state::passed),
		.failed = with(test_state::failed),
		.skipped = with(test_state::skipped),
		.crashed = with(test_state::crashed),
		.stalled = with(test_state::stalled)};
}

bool result_list::good() const
{
	const auto is_fault = [](const test_result &r) {
		return r.state == test_state::failed && !r.finding;
	};
	return count().passed > 0 && std::none_of(results_.begin(), results_.end(), is_fault);
}

void result_list::print_summary() const
{
	for (const auto state :
	     {test_state::skipped, test_state::failed, test_state::stalled, test_state::crashed})
		for (const auto &r : results_)
			if (r.state == state)
				print_line(fmt::format("{}: {}: {}", name_of(state), r.name,
						       r.reason));
	print_line(closing_line(count()));
}

void result_list::write(const std::filesystem::path &dir) const
{
	write_file(dir / "results.json", to_json(results_));
	write_file(dir / "results.ktap", to_ktap(results_));
}

std::string closing_line(const tally &t)
{
	auto line = fmt::format("{} passed, {} failed, {} skipped", t.passed, t.failed, t.skipped);
	if (t.crashed || t.stalled)
		line += fmt::format(", {} crashed, {} stalled", t.crashed, t.stalled);
	return line;
}

std::string to_json(const std::vector<test_result> &results)
{
	auto list = nlohmann::json::array();
	for (const auto &r : results)
		list.push_back({{"name", r.name},
				{"check", r.check},
				{"state", name_of(r.state)},
				{"reason", r.reason},
				{"elapsed_s", r.elapsed.count()},
				{"log", r.log.string()},
				{"again", r.again}});
	// Output of a guest need not be UTF-8.
	return nlohmann::json{{"results", list}}.dump(2, ' ', false,
						      nlohmann::json::error_handler_t::replace) +
	       "\n";
}

std::string to_ktap(const std::vector<test_result> &results)
{
	auto text = fmt::format("KTAP version 1\n1..{}\n", results.size());
	for (std::size_t i = 0; i < results.size(); ++i) {
		const auto &r = results[i];
		if (ktap_word(r.state) == "not ok")
			text += fmt::format("# {}\n", r.reason);
		text += fmt::format("{} {} {}", ktap_word(r.state), i + 1, r.name);
		text += r.state == test_state::skipped ? " # SKIP " + r.reason + "\n" : "\n";
	}
	return text;
}

} // namespace lab
