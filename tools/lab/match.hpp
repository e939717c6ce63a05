// SPDX-License-Identifier: GPL-2.0
// Names of tests, and the patterns that pick some.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

// A shell pattern (* ? [a-z]) against the whole name; '.' and '/' are ordinary characters.
bool glob_matches(const std::string &pattern, const std::string &name);
bool is_glob(std::string_view pattern);
bool any_matches(const std::vector<std::string> &patterns, const std::string &name);

// How many characters must be added, dropped or changed to make one of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The few names most like a mistyped one, best first.
std::vector<std::string> near_names(std::string_view wanted, std::vector<std::string> names);

} // namespace lab
