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

// Asks for a module as the kernel does, which knows where its modules are; libkmod
// looks in /lib/modules alone. No error if there is none: who needs it looks again.
void load_module(const std::string &name);

} // namespace dmpoll
