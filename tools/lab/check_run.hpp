// SPDX-License-Identifier: GPL-2.0
// One check while it runs: what its process says and how it ends, as results.
#pragma once

#include "check_process.hpp"
#include "ktap.hpp"
#include "output_patterns.hpp"
#include "results.hpp"
#include "select.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

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
	std::array<int, 2> descriptors() const { return process_.descriptors(); }
	std::chrono::steady_clock::time_point deadline() const { return process_.deadline(); }

private:
	void start();
	void take_line(const std::string &line, bool from_stdout);
	bool must_fail(const std::string &name) const;
	test_state state_of(const case_result &result) const;
	test_state state_of_end(int status) const;
	void take_case(const case_result &result);
	void report_case(const std::string &name, test_state state, std::string reason);
	bool finish();
	bool finish_survey(int status);
	void blame_first_case(int status);
	void finish_plain(int status);
	void finish_ktap(int status);
	std::string end_problem(int status) const;
	std::string ktap_problem(int status);
	void report(test_result result);
	void report_whole(test_state state, std::string reason);

	selected_check selected_; // of a survey: what is left to do
	sink on_result_;
	output_patterns patterns_;
	check_process process_;
	std::optional<ktap_parser> ktap_;
	std::size_t cases_failed_ = 0, cases_skipped_ = 0; // as the stream says, not as expected
	std::chrono::steady_clock::time_point last_result_;
	bool cancelled_ = false;
};

} // namespace lab
