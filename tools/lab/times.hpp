// SPDX-License-Identifier: GPL-2.0
// How long each check took when it last ran whole: kept beside the results, to
// say how long is left of a run.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lab
{

using check_times = std::map<std::string, double>; // seconds

// Empty if there are none yet, or none that can be read.
check_times load_times(const std::filesystem::path &dir);
void save_times(const std::filesystem::path &dir, const check_times &times);

// Of these checks, so many at a time; nothing if the time of one is not known.
std::optional<std::chrono::seconds> time_of(const std::vector<std::string> &checks, unsigned jobs,
					    const check_times &times);

// "about 12 min left"
std::string left_text(std::chrono::seconds left);

} // namespace lab
