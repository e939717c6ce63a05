// SPDX-License-Identifier: GPL-2.0
#pragma once

namespace dmpoll
{

// What dmpoll's exit status says; --help lists the same five.
enum class exit_code : int {
	polled = 0,     // and nothing went wrong
	not_polled = 1, // or a run of bench failed
	usage = 2,
	cannot_tell = 3, // nothing could be looked at, or there is no evidence either way
	dangerous = 4,   // check: polled IO may crash this kernel
};

} // namespace dmpoll
