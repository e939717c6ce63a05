// SPDX-License-Identifier: GPL-2.0
// What is made of cases that did not pass.
#pragma once

#include "results.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lab
{

struct finding {
	test_state state = test_state::failed;
	std::string reason;
	std::string where; // "device dm-0, seed 1"
};

// Of a `not ok`, by the notes before it. Notes are "key: value"; `end` names the state, and
// what, got, wanted, error, io, left and kernel make the reason.
finding finding_of(const std::vector<std::string> &notes);

// The first fault on a guest's console, and the function it happened in; empty if there is none.
// What a dump of all tasks prints, and what it leads to (lockdep has a word about a console that is
// written to by SysRq), is no fault of the test that was running.
std::string fault_on(const std::filesystem::path &console);

} // namespace lab
