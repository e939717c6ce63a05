// SPDX-License-Identifier: GPL-2.0
// The running kernel's version, for what a later kernel gave up on purpose.
#pragma once

#include <compare>

namespace dmpoll
{

struct kernel_version {
	unsigned major = 0, minor = 0;

	auto operator<=>(const kernel_version &) const = default;
};

// As uname(2) says; throws std::system_error where that is no version.
kernel_version running_kernel();

// Since then RWF_HIPRI of sync IO is ignored, on every device.
inline constexpr kernel_version sync_polling_gone{5, 19};
// Since then what is written to queue/io_poll is accepted and ignored.
inline constexpr kernel_version io_poll_fixed{5, 16};
// Since then dm polls without this series, and nobody but its owner polls for an IO.
inline constexpr kernel_version dm_polls_by_itself{5, 18};
// Since then there is no hybrid polling, and queue/io_poll_delay means nothing.
inline constexpr kernel_version hybrid_polling_gone{6, 4};

} // namespace dmpoll
