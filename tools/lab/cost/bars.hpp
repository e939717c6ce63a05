// SPDX-License-Identifier: GPL-2.0
// What must hold of the costs.
#pragma once

#include "costs.hpp"

namespace cost
{

struct bar {
	std::string what;
	double got = 0, wanted = 0; // got must not be larger
	bool holds() const { return got <= wanted; }
};

// Those for which all that they compare was measured.
std::vector<bar> all_bars(const std::vector<kernel_costs> &);

// An NVMe multipath device (head) beside the same disk without, and dm-linear on
// the leaf; instructions for each IO. Nothing where it was not measured.
struct head_row {
	cell at;
	std::optional<double> head_adds = {};   // polled
	std::optional<double> dm_adds = {};     // on the head, polled
	std::optional<double> linear_adds = {}; // on the leaf, polled
	std::optional<double> irq = {}, base_irq = {};
};
std::vector<head_row> heads(const std::vector<kernel_costs> &);

const kernel_costs *find_kernel(const std::vector<kernel_costs> &, const std::string &name);

} // namespace cost
