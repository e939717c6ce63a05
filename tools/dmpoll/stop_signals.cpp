// SPDX-License-Identifier: GPL-2.0
#include "stop_signals.hpp"

#include "lib/error.hpp"

#include <cstring>
#include <string>

namespace dmpoll
{

stopped::stopped(int signal_number)
    : std::runtime_error(std::string("stopped by ") + strsignal(signal_number)),
      signal_(signal_number)
{
}

static sigset_t stop_set()
{
	sigset_t set;

	sigemptyset(&set);
	for (int number : {SIGINT, SIGTERM, SIGHUP})
		sigaddset(&set, number);
	return set;
}

sigset_t watched_signals()
{
	sigset_t set = stop_set();

	sigaddset(&set, SIGCHLD);
	return set;
}

void block_watched_signals()
{
	const sigset_t set = watched_signals();

	check_errno(sigprocmask(SIG_BLOCK, &set, nullptr), "block signals");
}

void throw_if_stopped()
{
	const sigset_t set = stop_set();
	const timespec at_once{};
	const int number = sigtimedwait(&set, nullptr, &at_once);

	if (number > 0)
		throw stopped(number);
}

} // namespace dmpoll
