// SPDX-License-Identifier: GPL-2.0
// `lab comparison`: what the same tests said on several kernels, as a table.
#pragma once

#include "failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lab
{

struct comparison_options {
	std::vector<std::string> columns; // TITLE=FILE or TITLE=FILE:CHECK
};

// One case of one kernel, as results.json has it.
struct compared_case {
	std::string name;  // without the check's
	std::string check; // its last part tells the mode that was expected
	std::string state;
	std::string reason = {};
	std::string run = {}; // the day, if it was kept: 2026-12-01
};

struct comparison_column {
	std::string title;
	std::vector<compared_case> cases;
};

// Prints Markdown on stdout. Throws lab::failure naming the file that is not as it must be.
verdict compare(const comparison_options &options);

// The cases in a results.json; of one check, or, when that is empty, of all.
std::vector<compared_case> read_cases(std::string_view json, std::string_view check);

// A row per case, in the order of the first column that has it; below it what did not pass and why,
// and what was skipped and why. Throws lab::failure if a column has two results of a case.
std::string to_markdown(const std::vector<comparison_column> &columns);

} // namespace lab
