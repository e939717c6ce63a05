// SPDX-License-Identifier: GPL-2.0
#include "report/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace dmpoll
{

namespace
{

double middle_of(const std::vector<double> &sorted)
{
	const std::size_t half = sorted.size() / 2;

	return sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Chance of at most `below` heads in `count` tosses, in logarithms so that it never overflows.
double binomial_tail(std::size_t count, std::size_t below)
{
	const double n = static_cast<double>(count);
	double sum = 0;

	for (std::size_t i = 0; i <= below; i++) {
		const double k = static_cast<double>(i);

		sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
				n * std::log(2.0));
	}
	return sum;
}

// Confidence of the interval that leaves out `cut` values at each end.
double confidence_of(std::size_t count, std::size_t cut)
{
	return std::max(0.0, 1 - 2 * binomial_tail(count, cut));
}

} // namespace

std::optional<spread> spread_of(std::vector<double> values)
{
	if (values.empty())
		return std::nullopt;
	std::ranges::sort(values);
	return spread{
		.median = middle_of(values),
		.min = values.front(),
		.max = values.back(),
		.count = values.size(),
	};
}

std::optional<interval> median_interval(std::vector<double> values, double wanted)
{
	if (values.empty())
		return std::nullopt;
	std::ranges::sort(values);
	std::size_t cut = 0;

	while (2 * (cut + 2) <= values.size() && confidence_of(values.size(), cut + 1) >= wanted)
		cut++;
	return interval{
		.low = values[cut],
		.high = values[values.size() - 1 - cut],
		.confidence = confidence_of(values.size(), cut),
	};
}

} // namespace dmpoll
