// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>

#include "device.hpp"

namespace dmpoll
{

struct stripe_layout {
	std::uint64_t chunk = 32; // sectors
	std::uint64_t length = region_sectors;
	bool polled = true; // false: no polled IO goes there
};

// dm-stripe over the first two disks. Skips the test of polled IO where
// --expect is irq: without polling in dm, 5.10 refuses async polled IO to a stripe, and
// lets other targets' complete by interrupt.
test_device make_stripe(env &, const stripe_layout &layout = {});

} // namespace dmpoll
