// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "report/statistics.hpp"

#include <optional>
#include <string>

namespace dmpoll
{

// Numbers as people write them: three digits, and the unit that suits.
std::string iops_text(double iops);                 // "244k"
std::string bandwidth_text(double bytes);           // "953 MiB/s"
std::string latency_text(double nanoseconds);       // "524 us"
std::string short_latency_text(double nanoseconds); // "0.5 ms", for plots
std::string ratio_text(double ratio);               // "1.41"

// What a table shows for something that was never measured.
inline constexpr const char *unknown_text = "?";

// The median in its unit, or unknown_text.
std::string median_text(const std::optional<spread> &values, std::string (*text)(double));

// "240k..251k", or unknown_text.
std::string range_text(const std::optional<spread> &values, std::string (*text)(double));

} // namespace dmpoll
