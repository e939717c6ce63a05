// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <csignal>
#include <stdexcept>

namespace dmpoll
{

// Somebody pressed Ctrl-C or asked us to end. An exception, so that every destructor on the way out
// runs: the fio child is killed, the dm device removed.
class stopped : public std::runtime_error
{
public:
	explicit stopped(int signal_number);

	int signal_number() const { return signal_; }

private:
	int signal_;
};

// The signals that stop us, and SIGCHLD, on which the wait for a child ends.
sigset_t watched_signals();

// Blocks watched_signals() for the whole program: they are only taken where somebody asks. Call it
// before any thread or child starts.
void block_watched_signals();

// Throws stopped if a stop signal is pending. Call it between steps that do not wait.
void throw_if_stopped();

} // namespace dmpoll
