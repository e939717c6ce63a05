// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>

#include "device.hpp"

namespace dmpoll
{

// Skips the test unless the first disk is zoned (host-managed); the size of a zone, in
// sectors.
std::uint64_t need_zoned(const env &);

// dm-linear over the first zones of the first disk.
test_device make_zoned_linear(env &);

// Of the disks below: all zones of the device are empty then.
void reset_zones(const test_device &);

} // namespace dmpoll
