// SPDX-License-Identifier: GPL-2.0
// What make bench measured: instructions of the guest's kernel for one IO.
#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cost
{

struct shape {
	unsigned devices = 1, poll_queues = 1, segments = 1, stack = 1;
	bool stripe = false;
	bool raid0 = false; // md's as the lowest device
	auto operator<=>(const shape &) const = default;
};

// "16 devices x 8 queues", "stack of 6", ...
std::string to_string(const shape &);

struct cell {
	shape form;
	std::string rw = "read";
	unsigned iodepth = 1;
	auto operator<=>(const cell &) const = default;
};

// Of the repeats of one cell and mode.
struct sample {
	double instructions = 0; // of the kernel, for each IO: the median
	double spread = 0;       // largest - smallest
	double user = 0;
	double locked = 0;           // of the kernel's, those that take a cache line for themselves
	std::optional<double> polls; // calls of ->poll() for each IO; the kernel may not tell
};

// By mode: raw_irq, raw_poll, dm_irq, dm_poll.
using modes = std::map<std::string, sample>;

// A polled IO of dm, minus one of the disk below. Nothing if one of the two was not measured.
std::optional<double> dm_adds(const modes &, double sample::*what = &sample::instructions);

struct kernel_costs {
	// ours, base, poll-all, upstream-6.12; ours-head, ours-plain, base-head,
	// base-plain: over nvme-tcp, with native multipath and without
	std::string kernel;
	std::map<cell, modes> cells;
	const modes *find(const cell &) const;
	// The same of one cell; nothing if it was not measured.
	std::optional<double> adds(const cell &) const;
	std::optional<double> instructions(const cell &, const std::string &mode) const;
};

// Reads DIR/runs, a line of JSON for each time that instructions were counted, and DIR/counts, a
// line "KERNEL USER LOCKED" for each, in the same order. Throws if their numbers differ.
void read_costs(const std::filesystem::path &dir, kernel_costs &to);

} // namespace cost
