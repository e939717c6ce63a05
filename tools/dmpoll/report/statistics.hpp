// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace dmpoll
{

// Few and skewed samples: order statistics, no means, no normal distribution.
struct spread {
	double median = 0;
	double min = 0;
	double max = 0;
	std::size_t count = 0;
};

// Where the median of what was sampled lies, and how often an interval made so is right.
struct interval {
	double low = 0;
	double high = 0;
	double confidence = 0;
};

// Nothing for no values.
std::optional<spread> spread_of(std::vector<double> values);

// The innermost pair of order statistics that holds the median with the wanted confidence (sign
// test; no assumption about the distribution). Under six values no pair reaches 0.95: then it is
// from min to max, with the confidence that has (five values: 0.9375).
std::optional<interval> median_interval(std::vector<double> values, double wanted = 0.95);

} // namespace dmpoll
