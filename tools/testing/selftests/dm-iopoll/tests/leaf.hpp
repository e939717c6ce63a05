// SPDX-License-Identifier: GPL-2.0
// The test leaf under devices: see lib/leaf.hpp.
#pragma once

#include "device.hpp"
#include "exercise.hpp"
#include "lib/leaf.hpp"

namespace dmpoll
{

// Skips the test unless dm polls and there is a module to load. Its timeout is
// that of a usual machine.
leaf_module load_leaf(env &, leaf_options, access how = access::async);

// Sectors of which each disk of an interleaved device has one part.
inline constexpr std::uint64_t leaf_part = 8;

// dm-linear over all disks of @leaf by turns: part 0 of the first, part 0 of
// the second, ..., part 1 of the first. IO of (disks) parts has one on each.
test_device make_interleaved(env &, const leaf_module &leaf, unsigned rounds = 64);

// dm-stripe over all disks of @leaf, with chunks of a part: the same turns.
test_device make_striped_leaf(env &, const leaf_module &leaf);

// The first disk as it is.
test_device make_raw_leaf(const leaf_module &leaf);

// Bytes of one part on each disk.
unsigned leaf_row(const leaf_module &leaf);

// Throws mismatch unless so many polled requests wait at the disk in time.
void await_waiting(const leaf_module &leaf, std::size_t disk, unsigned count);

} // namespace dmpoll
