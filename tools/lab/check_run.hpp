// SPDX-License-Identifier: GPL-2.0
// One check while it runs: its process, its log, its results.
#pragma once

#include "ktap.hpp"
#include "process.hpp"
#include "results.hpp"
#include "select.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace lab
{

class check_run
{
public:
	using sink = std::function<void(test_result)>;

	// Starts it; its log goes to `log`. Throws lab::failure when the log cannot be written.
	check_run(selected_check selected, std::filesystem::path log, sink on_result);
	check_run(const check_run &) = delete;
	check_run &operator=(const check_run &) = delete;

	// Takes what has come; true when the check has ended and all its results were given.
	bool step();
	// Asks it to end, as at its limit, without any result of it.
	void cancel();

	const std::string &name() const { return selected_.what.name; }
	// What to wait for.
	std::array<int, 2> descriptors() const { return {out_.get(), err_.get()}; }
	std::chrono::steady_clock::time_point deadline() const;

private:
	struct output_pattern {
		std::string text;
		std::regex expression;
		bool seen = false;
	};

	void start();
	void drain();
	void take_lines(std::string &partial, bool from_stdout);
	void take_line(const std::string &line, bool from_stdout);
	void note_matches(const std::string &line);
	bool must_fail(const std::string &name) const;
	test_state state_of(const case_result &result) const;
	test_state state_of_end(int status) const;
	void take_case(const case_result &result);
	void report_case(const std::string &name, test_state state, std::string reason);
	void begin_log();
	void ask_to_end();
	void enforce_limit();
	bool finish();
	bool finish_survey(int status);
	void blame_first_case(int status);
	void finish_plain(int status);
	void finish_ktap(int status);
	std::string end_problem(int status) const;
	std::string output_problem() const;
	std::string ktap_problem(int status);
	void report(test_result result);
	void report_whole(test_state state, std::string reason);

	selected_check selected_; // of a survey: what is left to do
	std::filesystem::path log_path_;
	sink on_result_;
	unique_fd log_, out_, err_;
	std::string out_partial_, err_partial_;
	std::vector<output_pattern> wanted_, unwanted_;
	std::optional<child> child_;
	std::string start_error_;
	std::optional<ktap_parser> ktap_;
	std::filesystem::path console_; // of the guest that the check may start
	unsigned starts_ = 0;
	std::size_t cases_failed_ = 0, cases_skipped_ = 0; // as the stream says, not as expected
	std::deque<std::string> tail_;
	std::chrono::steady_clock::time_point started_, last_result_;
	std::optional<std::chrono::steady_clock::time_point> asked_to_end_;
	bool limit_reached_ = false, cancelled_ = false;
};

// The command of a check as it is run for the picked cases. Its filters are a union, so the picked
// ones take the place of its own. A check that cannot list its cases cannot pick any: it runs
// whole.
std::vector<std::string> argv_of(const check &c, const std::vector<std::string> &cases);

// The same for a shell, with the check's environment.
std::string command_line_of(const check &c, const std::vector<std::string> &cases);

} // namespace lab
