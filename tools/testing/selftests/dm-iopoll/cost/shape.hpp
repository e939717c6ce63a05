// SPDX-License-Identifier: GPL-2.0
// What is measured: the shapes of devices, and the grid of cells.
#pragma once

#include <string>
#include <vector>

namespace dmpoll
{

struct shape {
	unsigned devices = 1;
	unsigned poll_queues = 1; // of each
	unsigned segments = 1;    // of the table, for each device
	unsigned stack = 1;       // devices on top of each other
	bool stripe = false;      // over the devices, in chunks of 4 KiB; IO of 16 KiB
	bool raid0 = false;       // md's as the lowest of them, in chunks of 64 KiB

	unsigned block_size() const { return stripe ? 16384 : 4096; } // bytes
	bool operator==(const shape &) const = default;
};

struct cell {
	shape form;
	unsigned iodepth = 1;
	bool write = false;
};

// Cells of one number of devices and poll queues follow each other: these are
// parameters of the test leaf.
std::vector<cell> make_grid(bool full);

// "devices":1,"poll_queues":8,...: members of a JSON object.
std::string to_json(const cell &);

} // namespace dmpoll
