// SPDX-License-Identifier: GPL-2.0
// `lab check`: runs checks and says what came of them.
#pragma once

#include "checks.hpp"
#include "failure.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lab
{

struct check_options {
	std::string checks = "tools/lab/checks.json";
	check_view view;
	std::vector<std::string> vars; // "name=value"
	unsigned jobs = 1;
	bool list = false;
	bool needs = false;
	std::string
		again; // what a test's name follows in a command that runs it; empty: the command
	std::filesystem::path results = "build/check";
	std::vector<std::string> patterns;
};

// Passes when nothing failed and at least one test ran. Throws lab::failure before anything runs
// when the call or the list of checks is wrong.
verdict run_checks(const check_options &options);

// ${repo} and ${build} have defaults; throws lab::failure on a --var without '='.
variables read_variables(const std::vector<std::string> &vars);

} // namespace lab
