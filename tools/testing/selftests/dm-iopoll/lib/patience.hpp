// SPDX-License-Identifier: GPL-2.0
// Time limits, as this machine can keep them.
#pragma once

#include <chrono>

namespace dmpoll
{

// How much slower than a usual one the machine is, 1 to 10. More would let the
// disk driver's own timeout, 30 s for NVMe, pass as slowness.
inline unsigned slowness = 1;

// @limit of a usual machine, here.
template <typename Duration> Duration patient(Duration limit)
{
	return limit * slowness;
}

} // namespace dmpoll
