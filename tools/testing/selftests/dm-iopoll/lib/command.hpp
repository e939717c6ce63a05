// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <string>
#include <vector>

namespace dmpoll
{

// Whether @name is an executable in PATH or in /sbin, /usr/sbin.
bool has_program(const std::string &name);

// Runs @words[0], without its stdout; throws unless it ends with status 0.
void run_command(const std::vector<std::string> &words);

} // namespace dmpoll
