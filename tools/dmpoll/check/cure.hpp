// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/stack.hpp"

#include <string>
#include <vector>

namespace dmpoll
{

// What to do about a problem.
struct cure {
	std::string text{};                  // when and where; one line
	std::vector<std::string> commands{}; // for a root shell, exact; empty: nothing helps
};

cure resume(const device_node &dm);
cure switch_on(const device_node &node);
// The kernel judges a table when it is loaded, so what changed below it may not count.
cure switch_on_table(const device_node &dm);

// For a disk that could be polled and has no polled hw queue.
cure add_poll_queues(const device_node &disk);

// Look with more permission, or measure instead of looking.
cure look_as_root(const std::string &argument);
cure prove_instead(const std::string &argument);

// Nothing on this device helps; the program has to do without polling.
cure give_up(const std::string &hint);

} // namespace dmpoll
