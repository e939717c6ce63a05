// SPDX-License-Identifier: GPL-2.0
#include "report.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cost
{

namespace
{

nlohmann::json to_json(std::optional<double> value)
{
	return value ? nlohmann::json(std::round(*value * 100) / 100) : nlohmann::json();
}

nlohmann::json instructions(const modes &of)
{
	nlohmann::json json;
	for (const auto &[mode, s] : of)
		json[mode] = to_json(s.instructions);
	json["dm_adds"] = to_json(dm_adds(of));
	return json;
}

std::optional<double> polls(const modes &of, const std::string &mode)
{
	return of.contains(mode) ? of.at(mode).polls : std::nullopt;
}

double largest_spread(const modes &of)
{
	double most = 0;
	for (const auto &[mode, s] : of)
		most = std::max(most, s.spread);
	return most;
}

std::string number(std::optional<double> value, int digits = 0)
{
	return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

bool is_of_heads(const kernel_costs &one)
{
	return one.kernel.ends_with("-head") || one.kernel.ends_with("-plain");
}

// A row for each shape and depth, a column for each kernel.
std::string table_of_kernels(std::vector<kernel_costs> all, std::string (*text_of)(const modes &of))
{
	std::erase_if(all, is_of_heads);
	std::set<cell> cells;
	std::string text = "| shape | rw | depth |";
	for (const auto &one : all) {
		text += fmt::format(" {} |", one.kernel);
		for (const auto &[at, of] : one.cells)
			if (dm_adds(of))
				cells.insert(at);
	}
	text += "\n|---|---|---|";
	for (std::size_t i = 0; i < all.size(); ++i)
		text += "---|";
	for (const auto &at : cells) {
		text += fmt::format("\n| {} | {} | {} |", to_string(at.form), at.rw, at.iodepth);
		for (const auto &one : all)
			text += fmt::format(" {} |", one.find(at) ? text_of(*one.find(at)) : "-");
	}
	return text + "\n";
}

// dm adds [hctx polls for each IO]
std::string adds_text(const modes &of)
{
	return fmt::format("{} [{}]", number(dm_adds(of)), number(polls(of, "dm_poll"), 2));
}

std::string locked_text(const modes &of)
{
	return number(dm_adds(of, &sample::locked), 1);
}

std::string irq_table(const std::vector<kernel_costs> &all)
{
	const auto *ours = find_kernel(all, "ours"), *base = find_kernel(all, "base");
	if (!ours || !base)
		return "Not measured.\n";
	std::string text = "| shape | rw | depth | raw: base | ours | dm: base | ours "
			   "|\n|---|---|---|---|---|---|---|\n";
	for (const auto &[at, of] : base->cells)
		text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", to_string(at.form),
				    at.rw, at.iodepth, number(base->instructions(at, "raw_irq")),
				    number(ours->instructions(at, "raw_irq")),
				    number(base->instructions(at, "dm_irq")),
				    number(ours->instructions(at, "dm_irq")));
	return text;
}

std::string heads_table(const std::vector<kernel_costs> &all)
{
	std::string text =
		"| rw | depth | a head adds | dm-linear on it adds | dm-linear on the leaf "
		"adds | not polled: base | ours |\n|---|---|---|---|---|---|---|\n";
	const auto rows = heads(all);
	for (const auto &row : rows)
		text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.at.rw,
				    row.at.iodepth, number(row.head_adds), number(row.dm_adds),
				    number(row.linear_adds), number(row.base_irq), number(row.irq));
	return rows.empty() ? "Not measured.\n" : text;
}

std::string bars_text(const std::vector<kernel_costs> &all)
{
	const auto bars = all_bars(all);
	const auto missed =
		std::count_if(bars.begin(), bars.end(), [](const bar &b) { return !b.holds(); });
	auto text = fmt::format("{} of {} bars hold.\n", bars.size() - missed, bars.size());
	for (const auto &b : bars)
		if (!b.holds())
			text += fmt::format("- MISSED: {}: {:.2f}, wanted at most {:.2f}\n", b.what,
					    b.got, b.wanted);
	return text;
}

// The best and the worst cell against another kernel.
std::string against(const std::vector<kernel_costs> &all, const std::string &other)
{
	const auto *ours = find_kernel(all, "ours"), *theirs = find_kernel(all, other);
	std::vector<std::pair<double, cell>> ratios;
	for (const auto &[at, of] : ours ? ours->cells : std::map<cell, modes>())
		if (const auto a = dm_adds(of), b = theirs ? theirs->adds(at) : std::nullopt;
		    a && b)
			ratios.emplace_back(*a / *b, at);
	if (ratios.empty())
		return "";
	const auto [best, worst] = std::minmax_element(ratios.begin(), ratios.end());
	const auto lost = std::count_if(ratios.begin(), ratios.end(),
					[](const auto &r) { return r.first > 1.01; });
	return fmt::format("Against {}, what dm adds is {:.2f} times as much in the best cell ({}, "
			   "depth {}) and {:.2f} "
			   "times in the worst ({}, depth {}); {} of {} cells are lost.\n",
			   other, best->first, to_string(best->second.form), best->second.iodepth,
			   worst->first, to_string(worst->second.form), worst->second.iodepth, lost,
			   ratios.size());
}

} // namespace

std::string report_json(const std::vector<kernel_costs> &all)
{
	auto list = nlohmann::json::array();
	for (const auto &one : all)
		for (const auto &[at, of] : one.cells)
			list.push_back({{"kernel", one.kernel},
					{"shape",
					 {{"devices", at.form.devices},
					  {"poll_queues", at.form.poll_queues},
					  {"segments", at.form.segments},
					  {"stack", at.form.stack},
					  {"stripe", at.form.stripe},
					  {"raid0", at.form.raid0}}},
					{"iodepth", at.iodepth},
					{"rw", at.rw},
					{"instructions", instructions(of)},
					{"spread", to_json(largest_spread(of))},
					{"dm_adds_locked", to_json(dm_adds(of, &sample::locked))},
					{"hctx_polls_per_io", to_json(polls(of, "dm_poll"))},
					{"raw_hctx_polls_per_io", to_json(polls(of, "raw_poll"))}});
	return nlohmann::json{{"cost", list}}.dump(1) + "\n";
}

std::string report_markdown(const std::vector<kernel_costs> &all)
{
	std::string text = "# What device-mapper adds to a polled IO\n\n"
			   "Instructions of the guest's kernel for one IO, counted by the emulator "
			   "(one CPU, -icount, the "
			   "instant test leaf; null_blk for upstream): dm polled minus raw polled "
			   "over the same disks. In "
			   "brackets: calls of ->poll() for each IO.\n\n";
	text += table_of_kernels(all, adds_text) + "\n" + against(all, "poll-all") + "\n" +
		against(all, "upstream-6.12");
	text += "\n![devices](plot-devices.svg)\n\nOver the number of devices: an unsplit IO is "
		"polled for on one hw queue, "
		"so ours stays where it is.\n\n![depth](plot-depth.svg)\n\nOver the number of IOs "
		"in flight.\n\n"
		"![stack](plot-stack.svg)\n\nOver the depth of the stack: each level submits and "
		"clones.\n";
	text += "\n## Locked instructions\n\nOf what dm adds, those that take a cache line for "
		"themselves (a LOCK prefix, an exchange with memory): what CPUs that share the "
		"device wait for.\n\n" +
		table_of_kernels(all, locked_text);
	text += "\n## IO that is not polled\n\n" + irq_table(all);
	text += "\n## NVMe multipath devices\n\nThe disk is served over NVMe/TCP by the same "
		"guest. "
		"What a head adds is the difference to the same disk with "
		"nvme_core.multipath=N.\n\n" +
		heads_table(all);
	return text + "\n## What must hold\n\n" + bars_text(all);
}

} // namespace cost
