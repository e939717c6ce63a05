// SPDX-License-Identifier: GPL-2.0
// The command line, read.
#pragma once

#include "comparison.hpp"
#include "run.hpp"
#include "runner.hpp"

#include <string>
#include <variant>

namespace lab
{

struct accel_options {
	std::filesystem::path kernel;
	bool again = false;
};

// Parsing ended the program's work: help was asked for, or the call was wrong.
struct parse_end {
	int code = 0;
	std::string text;
};

using command =
	std::variant<parse_end, run_options, accel_options, check_options, comparison_options>;

// Never throws for a wrong call: that is a parse_end with the usage code.
command parse_command_line(int argc, const char *const *argv);

} // namespace lab
