// SPDX-License-Identifier: GPL-2.0
// A running guest: starts QEMU, carries the channels, watches for silence, judges the end.
#pragma once

#include "console.hpp"
#include "guest_job.hpp"
#include "machine.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

enum class guest_state { booting, running, finishing, dumping, ended };
std::string_view name_of(guest_state state);

enum class guest_limit { silence, total };

struct guest_options {
	machine shape; // its channels are filled in here
	guest_job job;
	std::filesystem::path console_file;
	std::chrono::milliseconds silence{60'000};
	std::chrono::milliseconds total{300'000};
	std::vector<std::string> allowed_log; // regexes: lines of the kernel log that are expected
	std::function<void(std::string_view)> on_output; // what the command writes
	std::function<void(guest_state)> on_state;
	bool dump = true; // on a limit, ask the kernel for stacks before ending it
};

struct guest_outcome {
	// How the command ended; nothing when the guest never said.
	std::optional<int> exit_code, signal;
	std::string guest_error;          // init's own, when it could not run the command
	std::optional<guest_limit> limit; // which limit ended it
	std::optional<int> interrupted;   // the signal that ended the launcher
	int qemu_status = 0;              // as waitpid gives it
	std::string qemu_errors;
	console_scan console;
	std::chrono::milliseconds boot{}, elapsed{};
};

// Runs the guest to its end. Throws lab::failure or std::system_error when it cannot be started;
// whatever happens inside the guest is in the outcome. Blocks SIGINT, SIGTERM and SIGHUP in this
// process: they end the guest.
guest_outcome run_guest(guest_options options);

} // namespace lab
