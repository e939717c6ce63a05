// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace dmpoll
{

struct child_options {
	std::string input{}; // what the child reads from stdin
	std::chrono::milliseconds limit{std::chrono::minutes(1)};
};

struct child_result {
	int wait_status = 0; // as waitpid() gives it
	bool timed_out = false;
	std::string output;
	std::string errors;

	bool ok() const { return !timed_out && wait_status == 0; }

	// "exit status 1", "ended by signal 11 (Segmentation fault)", "no end within its time
	// limit"
	std::string ending() const;
};

// Runs a program to its end, found along PATH. The child sits in a process group of its own, so
// that Ctrl-C on the terminal reaches only us, and dies with us. Past its limit, and when we are
// asked to stop, it is killed with its group and waited for.
//
// Needs block_watched_signals(). Throws stopped, and std::system_error when the program cannot be
// started (ENOENT: there is no such program).
child_result run_child(const std::vector<std::string> &command, const child_options &options);

} // namespace dmpoll
