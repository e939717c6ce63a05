// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/cure.hpp"
#include "check/kernel_rules.hpp"
#include "check/stack.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// One thing that keeps IO from being polled, on one device.
struct problem {
	std::string code{};   // for programs: "no-poll-queues"; listed in dmpoll.1
	std::string device{}; // kernel name; empty: the file system
	std::string text{};   // "nvme0n1 has no poll queues"
	bool certain = true;  // false: it may be none
	cure help{};
	bool overrides = false; // nothing can be told before it is gone

	bool is_same(const problem &other) const
	{
		return code == other.code && device == other.device && text == other.text;
	}
};

struct problem_context {
	kernel_rules rules{};
	std::string argument{};  // what the user named
	bool lower_polls = true; // no problem in any device below
};

// Those of the device itself, apart from the devices below.
std::vector<problem> own_problems(const device_node &node, const problem_context &context);

// Of files on a file system of that type; empty: no file is asked for.
std::optional<problem> filesystem_problem(const std::string &type, const problem_context &context);

} // namespace dmpoll
