// SPDX-License-Identifier: GPL-2.0
// What a finished guest means, and what a person is told about it.
#pragma once

#include "failure.hpp"
#include "guest.hpp"

#include <filesystem>
#include <string_view>

namespace lab
{

verdict judge(const guest_outcome &outcome);

// Did the kernel die of its emulation before anything was run? Two ways are known, on a busy host:
// - 5.10: the timer's first interrupt comes while setup_IO_APIC() is about to set it up;
// - QEMU 7.2: a CPU goes on executing an int3 that the kernel took out of its code long ago (it
//   patches code through one). The oops says int3, and the code that it prints has none.
bool died_of_emulation(const guest_outcome &outcome, const std::filesystem::path &console);

// Pass, skip and an interrupt need no explanation; the rest needs the console.
bool needs_explanation(verdict result);

// On stderr: how it ended and, where that needs explanation, what the log shows.
void report(const guest_outcome &outcome, const std::filesystem::path &console);

// One line on stderr, at once.
void say(std::string_view text);

} // namespace lab
