// SPDX-License-Identifier: GPL-2.0
// The costs as JSON, as a text, and as plots.
#pragma once

#include "bars.hpp"

namespace cost
{

std::string report_json(const std::vector<kernel_costs> &);
std::string report_markdown(const std::vector<kernel_costs> &);

// Writes plot-*.svg into @dir with gnuplot; throws if that fails.
void plot_all(const std::vector<kernel_costs> &, const std::filesystem::path &dir);

} // namespace cost
