// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/bench.hpp"
#include "bench/host_load.hpp"
#include "prove/prove.hpp"
#include "top/top.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace dmpoll
{

struct check_command {
	std::string argument{};
	bool json = false;
};

struct prove_command {
	prove_options options{};
	bool json = false;
};

struct bench_command {
	bench_options options{}; // its depth and jobs are replaced by each of those below
	std::vector<unsigned> iodepths{128};
	std::vector<unsigned> jobs{1};
	bool no_report = false;
	bool json = false;
};

struct report_command {
	std::filesystem::path directory{};
};

// What is to be done; an int: nothing more, this is the exit status.
using command = std::variant<check_command, prove_command, bench_command, report_command,
			     top_options, watch_options, int>;

// Prints help, or what is wrong with the command line: the option, its value, what is allowed.
// What it returns is within bounds.
command parse_command_line(int argc, char **argv);

} // namespace dmpoll
