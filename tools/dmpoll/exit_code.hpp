// SPDX-License-Identifier: GPL-2.0
#pragma once

namespace dmpoll
{

/* What dmpoll's exit status says; --help lists the same four. */
enum class exit_code : int {
	polled = 0,     // and nothing went wrong
	not_polled = 1, // or a run of bench failed
	usage = 2,
	cannot_tell = 3, // nothing could be looked at, or there is no evidence either way
};

} // namespace dmpoll
