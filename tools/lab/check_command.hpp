// SPDX-License-Identifier: GPL-2.0
// What a check runs.
#pragma once

#include "checks.hpp"

#include <string>
#include <vector>

namespace lab
{

// The command of a check as it is run for the picked cases. Its filters are a union, so the picked
// ones take the place of its own. A check that cannot list its cases cannot pick any: it runs
// whole.
std::vector<std::string> argv_of(const check &c, const std::vector<std::string> &cases);

// The same for a shell, with the check's environment.
std::string command_line_of(const check &c, const std::vector<std::string> &cases);

} // namespace lab
