// SPDX-License-Identifier: GPL-2.0
#include "bench/bench_case.hpp"

#include <algorithm>
#include <stdexcept>

namespace dmpoll
{

namespace
{

std::string joined(bench_case c, char separator)
{
	std::string text = c.where == layer::raw ? "raw" : "dm";

	text += separator;
	text += c.how == completion::irq ? "irq" : "poll";
	return text;
}

} // namespace

std::string name_of(bench_case c)
{
	return joined(c, '/');
}

std::string file_stem_of(bench_case c)
{
	return joined(c, '-');
}

bench_case case_named(const std::string &name)
{
	const auto *found = std::ranges::find(all_cases, name, name_of);

	if (found == all_cases.end())
		throw std::invalid_argument("no case is called '" + name + "'");
	return *found;
}

std::vector<planned_run> plan_runs(unsigned repeats)
{
	std::vector<planned_run> runs;

	for (unsigned repeat = 1; repeat <= repeats; repeat++) {
		auto order = all_cases;

		if (repeat % 2 == 0)
			std::ranges::reverse(order);
		for (bench_case c : order)
			runs.push_back({.what = c, .repeat = repeat});
	}
	return runs;
}

} // namespace dmpoll
