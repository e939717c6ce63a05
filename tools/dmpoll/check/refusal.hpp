// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "lib/queue_stats.hpp"

#include <string>

namespace dmpoll
{

// What may refuse a task something, beyond the permissions of files.
struct refusal_facts {
	bool root = false;
	std::string lockdown{};          // "integrity"; empty: none, or not known
	std::string io_uring_disabled{}; // of the sysctl: "1", "2"; empty: no such sysctl
	bool seccomp = false;            // a filter looks at the system calls of this process
};

refusal_facts look_for_refusals(const file_roots &roots = {});

// Why debugfs may not be read, and what helps: the rest of a sentence.
std::string why_no_debugfs(const refusal_facts &facts);

// Why an io_uring cannot be made, by the errno of the try, and what helps.
std::string why_no_io_uring(const refusal_facts &facts, int err);

// Why a device or file may not be opened for reading.
std::string why_not_readable(const refusal_facts &facts);

} // namespace dmpoll
