// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/cure.hpp"
#include "check/diagnosis.hpp"
#include "check/stack.hpp"

#include <string>
#include <vector>

namespace dmpoll
{

// What polled IO to a device may do to the machine, beyond not being polled.
struct danger {
	std::string device{};    // kernel name
	std::string text{};      // "polled IO that crosses two stripes of dm-0 crashes the kernel"
	unsigned safe_depth = 0; // so many IOs in flight do no harm; 0: one may do it
};

// Of a stack whose polled IO is not refused, worst first; none on a kernel that does not poll dm
// devices by itself. A kernel with the fixes cannot be told from one without.
std::vector<danger> dangers_of(const device_stack &stack, const diagnosis &found);

// What to do about any of them.
cure cure_of_dangers();

// Throws std::runtime_error, naming thing, cause and cure, if @depth IOs in flight may do harm.
void refuse_dangers(const std::vector<danger> &dangers, unsigned depth);

} // namespace dmpoll
