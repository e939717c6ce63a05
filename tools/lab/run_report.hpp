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

// Did the kernel die in a way of which 5.10 is known, before anything was run? On an emulated and
// busy host the timer's first interrupt can come while setup_IO_APIC() is about to set it up.
bool died_of_early_timer(const guest_outcome &outcome, const std::filesystem::path &console);

// Pass, skip and an interrupt need no explanation; the rest needs the console.
bool needs_explanation(verdict result);

// On stderr: how it ended and, where that needs explanation, what the log shows.
void report(const guest_outcome &outcome, const std::filesystem::path &console);

// One line on stderr, at once.
void say(std::string_view text);

} // namespace lab
