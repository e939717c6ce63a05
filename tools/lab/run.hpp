// SPDX-License-Identifier: GPL-2.0
// `lab run`: boot a guest, run one command in it, say how that went.
#pragma once

#include "failure.hpp"
#include "guest.hpp"
#include "scratch.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace lab
{

enum class accel_choice { automatic, kvm, tcg };

struct run_options {
	std::filesystem::path kernel;
	unsigned cpus = 2;
	std::uint64_t memory_mib = 1024;
	disk_set nvme{.count = 1, .bytes_each = 1ULL << 30};
	std::uint64_t zone_bytes = 0; // as in struct machine
	bool subsystem = false;       // the same
	unsigned nvme_queues = 4;
	unsigned poll_queues = 1;
	std::string append;
	std::filesystem::path out;
	accel_choice accel = accel_choice::automatic;
	std::chrono::seconds silence{60};
	std::chrono::seconds timeout{300};
	std::filesystem::path console;
	std::vector<std::string> allow_log;
	std::vector<std::string> qemu_args;
	std::vector<std::string> command;
	bool terminal = false;
	bool dry_run = false;
	bool quiet = false;
};

// Throws lab::failure when the guest cannot be started at all.
verdict run(const run_options &options);

// The host paths of a job that the guest's fresh /tmp, /run and /var/tmp would hide.
std::vector<std::string> paths_to_keep(const std::filesystem::path &cwd,
				       const std::vector<std::string> &argv);

} // namespace lab
