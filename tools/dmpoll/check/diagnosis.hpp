// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/fate.hpp"
#include "check/kernel_rules.hpp"
#include "check/problem.hpp"
#include "check/stack.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// Its own problems first, then those of what it lies on.
struct finding {
	std::vector<problem> problems{};

	polling verdict() const;
};

struct diagnosis {
	std::map<std::string, finding> nodes{}; // by kernel name
	finding whole{}; // of what was asked for, the file system included; certain ones first
	io_fate async = io_fate::unknown; // an IORING_SETUP_IOPOLL ring
	io_fate sync = io_fate::unknown;  // RWF_HIPRI
	kernel_rules rules{};
};

struct diagnosis_options {
	std::string argument{};   // as the user named it, for commands
	std::string filesystem{}; // type, where the argument is a file or a directory
};

// Pure: the same stack gives the same diagnosis, on any machine.
diagnosis diagnose(const device_stack &stack, const diagnosis_options &options);

} // namespace dmpoll
