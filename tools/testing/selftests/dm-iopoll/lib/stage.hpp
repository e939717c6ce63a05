// SPDX-License-Identifier: GPL-2.0
// What a test is doing right now, in memory shared with its watchdog: when the
// test hangs or crashes, the watchdog can still say where.
#pragma once

#include <string>

namespace dmpoll
{

// To be called once, before a test's process is forked.
void share_stage();

// Forgets both of the below.
void clear_stage();

// What goes on, to follow "it was": cheap enough for every wait, not for every
// IO. Cut at 250 characters.
void set_stage(const std::string &text);
std::string current_stage();

// On which device, with which table and so on, a line each. Cut at 4000.
void set_place(const std::string &text);
std::string current_place();

} // namespace dmpoll
