// SPDX-License-Identifier: GPL-2.0
#include "select.hpp"
#include "failure.hpp"
#include "match.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lab
{

namespace
{

// Keeps account of which patterns have picked something, and of what there was to pick.
class matcher
{
public:
	explicit matcher(const std::vector<std::string> &patterns) : patterns_(patterns) {}

	bool picks(const std::string &name)
	{
		names_.push_back(name);
		bool picked = false;
		for (const auto &pattern : patterns_) {
			if (!glob_matches(pattern, name))
				continue;
			used_.insert(pattern);
			picked = true;
		}
		return picked;
	}

	void reject_unused() const
	{
		for (const auto &pattern : patterns_)
			if (!used_.count(pattern))
				throw failure(
					std::errc::invalid_argument,
					fmt::format("No test is named {}. Near it: {}. "
						    "--list shows all names. Nothing was "
						    "run.",
						    pattern,
						    fmt::join(near_names(pattern, names_), ", ")));
	}

private:
	const std::vector<std::string> &patterns_;
	std::vector<std::string> names_;
	std::set<std::string> used_;
};

bool needs_cases(const std::vector<check> &checks, const std::vector<std::string> &patterns)
{
	const auto is_check = [&](const std::string &pattern) {
		return std::any_of(checks.begin(), checks.end(),
				   [&](const check &c) { return c.name == pattern; });
	};
	return !std::all_of(patterns.begin(), patterns.end(), is_check);
}

std::vector<std::string> pick_cases(matcher &matching, const check &c,
				    const std::vector<std::string> &cases)
{
	std::vector<std::string> picked;
	for (const auto &name : cases) {
		const bool by_full_name = matching.picks(c.name + "/" + name);
		if (matching.picks(name) || by_full_name)
			picked.push_back(name);
	}
	return picked;
}

} // namespace

std::vector<selected_check> select_checks(const std::vector<check> &checks,
					  const std::vector<std::string> &patterns,
					  const case_lister &lister)
{
	std::vector<selected_check> selected;
	matcher matching(patterns);
	const bool want_cases = needs_cases(checks, patterns);
	for (const auto &c : checks) {
		const bool whole = patterns.empty() || matching.picks(c.name);
		const auto cases =
			want_cases && !c.list.empty() ? lister(c) : std::vector<std::string>();
		auto picked = pick_cases(matching, c, cases);
		if (whole || (!picked.empty() && picked.size() == cases.size()))
			selected.push_back({.what = c});
		else if (!picked.empty())
			selected.push_back({.what = c, .cases = std::move(picked)});
	}
	matching.reject_unused();
	return selected;
}

} // namespace lab
