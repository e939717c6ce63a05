// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/modes.hpp"

namespace dmpoll
{

enum exit_code { exit_pass = 0, exit_fail = 1, exit_usage = 2, exit_skip = 4 };

struct settings {
	std::vector<std::string> disk_paths;
	expectations expect;
	std::vector<std::string> filters;
	std::uint64_t seed = 0;
	std::string log;
	std::string leaf; // the module's file; empty: none
	unsigned timeout = 20; // seconds
	std::string hotplug; // command that unplugs and plugs a disk
	std::optional<std::uint64_t> bad_sector; // of one of the disks
	bool until_failure = false;
	unsigned duration = 3; // seconds, of stress.*
	unsigned slow = 1;     // factor of all time limits
	bool list = false;
	bool verbose = false;
	std::string program;
};

// The status to exit with at once (help, wrong usage: said on stdout, stderr),
// or nullopt.
std::optional<int> parse_command_line(int argc, char **argv, settings &options);

// To be run by the user to see one test fail again.
std::string command_for(const settings &options, const std::string &test);

} // namespace dmpoll
