// SPDX-License-Identifier: GPL-2.0
#include "check/diagnosis.hpp"

#include "check/problem.hpp"

#include <algorithm>

namespace dmpoll
{

namespace
{

void add(finding &all, const problem &one)
{
	const bool known = std::ranges::any_of(
		all.problems, [&](const problem &other) { return other.is_same(one); });

	if (!known)
		all.problems.push_back(one);
}

// Each device once, those below first.
const finding &judge(const device_stack &stack, const std::string &name,
		     const std::string &argument, diagnosis &result)
{
	if (const auto known = result.nodes.find(name); known != result.nodes.end())
		return known->second;
	const device_node &node = stack.at(name);
	finding lower;

	for (const std::string &each : node.lower)
		for (const problem &one : judge(stack, each, argument, result).problems)
			add(lower, one);
	finding all{.problems = own_problems(node, {.rules = result.rules,
						    .argument = argument,
						    .lower_polls = lower.problems.empty()})};

	for (const problem &one : lower.problems)
		add(all, one);
	return result.nodes[name] = all;
}

bool has_code(const finding &found, const std::string &code)
{
	return std::ranges::any_of(found.problems,
				   [&](const problem &one) { return one.code == code; });
}

bool some_node_refuses_nowait(const device_stack &stack)
{
	return std::ranges::any_of(stack.nodes,
				   [](const auto &entry) { return entry.second.nowait == false; });
}

bool nowait_is_known(const device_stack &stack)
{
	return std::ranges::all_of(
		stack.nodes, [](const auto &entry) { return entry.second.nowait.has_value(); });
}

io_fate fate_of_async(const device_stack &stack, const diagnosis &d)
{
	if (has_code(d.whole, "file-system"))
		return io_fate::refused;
	if (has_code(d.whole, "suspended"))
		return io_fate::waits;
	if (has_code(d.whole, "target-stalls"))
		return io_fate::stalls;
	if (d.whole.verdict() == polling::yes)
		return io_fate::polled;
	if (d.whole.verdict() == polling::unknown)
		return io_fate::unknown;
	if (d.rules.unpolled_is_refused())
		return io_fate::refused;
	if (!d.rules.polled_is_nowait())
		return d.rules.dm == dm_polling::series ? io_fate::interrupt : io_fate::unknown;
	if (some_node_refuses_nowait(stack))
		return io_fate::refused;
	return nowait_is_known(stack) ? io_fate::interrupt : io_fate::unknown;
}

io_fate fate_of_sync(const diagnosis &d)
{
	if (!d.rules.sync_is_polled())
		return io_fate::interrupt;
	if (d.async == io_fate::refused || d.whole.verdict() == polling::no)
		return d.async == io_fate::stalls ? io_fate::stalls : io_fate::interrupt;
	return d.async;
}

} // namespace

polling finding::verdict() const
{
	if (problems.empty())
		return polling::yes;
	if (std::ranges::any_of(problems, &problem::overrides))
		return polling::unknown;
	return std::ranges::any_of(problems, &problem::certain) ? polling::no : polling::unknown;
}

diagnosis diagnose(const device_stack &stack, const diagnosis_options &options)
{
	diagnosis result{.rules = rules_of(stack)};

	if (auto one = filesystem_problem(options.filesystem,
					  {.rules = result.rules, .argument = options.argument}))
		result.whole.problems.push_back(*one);
	for (const problem &one : judge(stack, stack.top, options.argument, result).problems)
		result.whole.problems.push_back(one);
	std::ranges::stable_partition(result.whole.problems, &problem::certain);
	std::ranges::stable_partition(result.whole.problems, &problem::overrides);
	result.async = fate_of_async(stack, result);
	result.sync = fate_of_sync(result);
	return result;
}

} // namespace dmpoll
