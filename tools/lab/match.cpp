// SPDX-License-Identifier: GPL-2.0
#include "match.hpp"

#include <algorithm>
#include <numeric>

#include <fnmatch.h>

namespace lab
{

bool glob_matches(const std::string &pattern, const std::string &name)
{
	return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool is_glob(std::string_view pattern)
{
	return pattern.find_first_of("*?[") != pattern.npos;
}

bool any_matches(const std::vector<std::string> &patterns, const std::string &name)
{
	return std::any_of(patterns.begin(), patterns.end(),
			   [&](const std::string &p) { return glob_matches(p, name); });
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
	std::vector<std::size_t> row(b.size() + 1);
	std::iota(row.begin(), row.end(), std::size_t{0});
	for (std::size_t i = 0; i < a.size(); ++i) {
		auto diagonal = row[0]++;
		for (std::size_t j = 0; j < b.size(); ++j) {
			const auto change = diagonal + (a[i] != b[j]);
			diagonal = row[j + 1];
			row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
		}
	}
	return row.back();
}

std::vector<std::string> near_names(std::string_view wanted, std::vector<std::string> names)
{
	constexpr std::size_t most = 5;
	std::sort(names.begin(), names.end());
	names.erase(std::unique(names.begin(), names.end()), names.end());
	std::stable_sort(names.begin(), names.end(), [&](const auto &a, const auto &b) {
		return edit_distance(wanted, a) < edit_distance(wanted, b);
	});
	names.resize(std::min(names.size(), most));
	return names;
}

} // namespace lab
