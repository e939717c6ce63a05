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

const kernel_costs *find_kernel(const std::vector<kernel_costs> &, const std::string &name);

} // namespace cost
