// SPDX-License-Identifier: GPL-2.0
#pragma once

namespace dmpoll
{

/* What dmpoll's exit status says; --help lists the same four. */
enum class exit_code : int {
	polled = 0,     // measured, and the dm device was polled
	not_polled = 1, // measured, and it was not; or a run failed
	usage = 2,
	cannot_tell = 3, // nothing could be measured, or there is no evidence either way
};

} // namespace dmpoll
