// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/stack.hpp"

#include "lib/queue_stats.hpp"

#include <functional>
#include <string>

namespace dmpoll
{

// What a stack is read from: the running machine, or files that a test made.
struct stack_sources {
	file_roots roots{};
	kernel_version kernel{};
	// As read_dm_state().
	std::function<dm_state(unsigned major, unsigned minor)> dm_state_of{};
	// As probe_nowait(); not called for what is suspended.
	std::function<std::optional<bool>(const device_node &node)> nowait_of{};
};

stack_sources running_machine();

// Walks from the device with that kernel name down to the leaves. A file without permission, or
// with nonsense in it, is noted and the rest read.
//
// Throws std::system_error: ENODEV when a device is not there, or vanishes meanwhile, ELOOP when
// sysfs names a device below itself, E2BIG beyond max_devices.
device_stack read_stack(const std::string &name, const stack_sources &sources);

inline constexpr unsigned max_devices = 1024;

} // namespace dmpoll
