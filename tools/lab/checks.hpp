// SPDX-License-Identifier: GPL-2.0
// The list of checks, as its file describes them.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

using variables = std::map<std::string, std::string>;

// One command and what it must do. In a KTAP check each result on its stdout is a test.
struct check {
	std::string name; // dotted
	std::string why;  // one line
	std::vector<std::string> run = {};
	int exit = 0;
	std::vector<std::string> output_has = {}; // regexes: some line of stdout or stderr
	std::vector<std::string> output_lacks = {};
	std::chrono::seconds limit{600};
	bool ktap = false;
	// Prints a KTAP check's case names, one per line. That of the selftests' driver is known;
	// true: it is the guest's command with --list.
	std::vector<std::string> list = {};
	// Globs: cases that must be `not ok` here, or, in a survey, take the guest along.
	std::vector<std::string> expect_failing = {};
	// A KTAP check whose cases are looked at, not judged. It must end after a case that fails;
	// the rest goes on in a new process, also when a case took the first one along.
	bool survey = false;
	std::map<std::string, std::string> env = {};
};

// Which of the checks, and where.
struct check_view {
	std::string set = "ours"; // those for a kernel: "ours", "base", "debug", "other"
	// Only tests that the selftests' driver runs on the usual machine, but on this one.
	std::string machine = {};
};

// JSON, comments allowed: {"kernels": {NAME: ...}, "machines": {NAME: ...}, "checks": [...]}. A
// check has "run", a command of this host, or else it happens in a guest: "tests" (filters of the
// selftests' driver) or "guest" (a command), with "kernel", "machine" and so on as in
// guest_check.hpp. One that is "for" a kernel is on it, and has the fields of the kernel's "check"
// unless it has its own. Throws lab::failure naming the check and the field for whatever is
// unknown, missing or of the wrong kind; `source` is the name used there.
std::vector<check> parse_checks(std::string_view json, const std::string &source,
				const check_view &view = {});
std::vector<check> load_checks(const std::string &path, const check_view &view);

// The names of the variables that its command needs, such as kernel.base.
std::set<std::string> variables_in(const check &c);

// Replaces ${name}. Throws lab::failure naming the check and the unknown variable.
check expand(check c, const variables &values);

} // namespace lab
