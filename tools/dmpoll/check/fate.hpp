// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <string>

namespace dmpoll
{

// Whether IO that asks for polling is polled for.
enum class polling { yes, no, unknown };

// "polled", "not polled", "cannot tell"
std::string polling_text(polling p);

// What becomes of IO that asks for polling.
enum class io_fate { polled, interrupt, refused, stalls, waits, unknown };

// "completes by interrupt": in a sentence.
std::string fate_text(io_fate fate);

// "interrupt": for programs.
std::string fate_name(io_fate fate);

polling verdict_of(io_fate fate);

} // namespace dmpoll
