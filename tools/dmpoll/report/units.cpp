// SPDX-License-Identifier: GPL-2.0
#include "report/units.hpp"

#include <fmt/format.h>

#include <cmath>

namespace dmpoll
{

namespace
{

// "9.87", "98.7", "987", "9870"
std::string three_digits(double value)
{
	const double size = std::abs(value);
	const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;

	return fmt::format("{:.{}f}", value, decimals);
}

} // namespace

std::string iops_text(double iops)
{
	if (iops >= 999.5e3)
		return three_digits(iops / 1e6) + "M";
	if (iops >= 999.5)
		return three_digits(iops / 1e3) + "k";
	return fmt::format("{:.0f}", iops);
}

std::string bandwidth_text(double bytes)
{
	return three_digits(bytes / (1 << 20)) + " MiB/s";
}

std::string latency_text(double nanoseconds)
{
	if (nanoseconds >= 999.5e6)
		return three_digits(nanoseconds / 1e9) + " s";
	if (nanoseconds >= 9.9995e6)
		return three_digits(nanoseconds / 1e6) + " ms";
	return three_digits(nanoseconds / 1e3) + " us";
}

std::string short_latency_text(double nanoseconds)
{
	const double ms = nanoseconds / 1e6;

	if (ms < 0.9995)
		return fmt::format("{:.0f} us", nanoseconds / 1e3);
	return fmt::format("{:.{}f} ms", ms, ms < 9.95 ? 1 : 0);
}

std::string ratio_text(double ratio)
{
	return fmt::format("{:.2f}", ratio);
}

std::string median_text(const std::optional<spread> &values, std::string (*text)(double))
{
	return values ? text(values->median) : unknown_text;
}

std::string range_text(const std::optional<spread> &values, std::string (*text)(double))
{
	return values ? text(values->min) + ".." + text(values->max) : unknown_text;
}

} // namespace dmpoll
