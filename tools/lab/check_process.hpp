// SPDX-License-Identifier: GPL-2.0
// The process of a check: its output, line by line and into the log, and its limit.
#pragma once

#include "process.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lab
{

class check_process
{
public:
	using clock = std::chrono::steady_clock;
	using line_sink = std::function<void(const std::string &line, bool from_stdout)>;

	// Throws lab::failure when the log cannot be written.
	check_process(std::filesystem::path log, line_sink on_line);
	check_process(const check_process &) = delete;
	check_process &operator=(const check_process &) = delete;

	// Starts a command, another one after the first has ended; the log gets what a shell would
	// be told.
	void start(const std::vector<std::string> &argv,
		   const std::map<std::string, std::string> &env, const std::string &shell_words,
		   std::chrono::seconds limit);

	// Takes what has come; true when the process has ended and all its output was given.
	bool step();
	// Asks it to end, as at its limit.
	void ask_to_end();

	std::array<int, 2> descriptors() const { return {out_.get(), err_.get()}; }
	clock::time_point deadline() const;

	// Of the process that has ended; nothing if it could not be started.
	std::optional<int> status();
	const std::string &start_error() const { return start_error_; }
	bool limit_reached() const { return limit_reached_; }

	const std::filesystem::path &log() const { return log_path_; }
	// Of the guest that the check may start.
	const std::filesystem::path &console() const { return console_; }
	// The last lines of the output.
	const std::deque<std::string> &tail() const { return tail_; }

private:
	void enforce_limit();
	void drain();
	void take_lines(std::string &partial, bool from_stdout);
	void take_line(const std::string &line, bool from_stdout);

	std::filesystem::path log_path_, console_;
	line_sink on_line_;
	unique_fd log_, out_, err_;
	std::string out_partial_, err_partial_;
	std::optional<child> child_;
	std::string start_error_;
	unsigned starts_ = 0;
	std::deque<std::string> tail_;
	clock::time_point started_;
	std::chrono::seconds limit_{};
	std::optional<clock::time_point> asked_to_end_;
	bool limit_reached_ = false;
};

} // namespace lab
