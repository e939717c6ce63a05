// SPDX-License-Identifier: GPL-2.0
#include "bars.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cost
{

namespace
{

std::string name(const cell &at)
{
	return fmt::format("{}, {}, depth {}", to_string(at.form), at.rw, at.iodepth);
}

// The same IO on one device with one queue.
cell plain(cell at)
{
	at.form = {};
	return at;
}

void add_independence(const kernel_costs &ours, std::vector<bar> &to)
{
	for (const auto &[at, of] : ours.cells) {
		const bool many = at.form == shape{.devices = 64, .poll_queues = 8} ||
				  at.form == shape{.segments = 256};
		const auto adds = dm_adds(of), one = ours.adds(plain(at));
		if (many && adds && one)
			to.push_back({"dm adds, at most 1.1 x 1 device x 1 queue: " + name(at),
				      *adds, 1.1 * *one});
	}
}

void add_raid0(const kernel_costs &ours, std::vector<bar> &to)
{
	for (const auto &[at, of] : ours.cells) {
		const auto adds = dm_adds(of), one = ours.adds(plain(at));
		if (at.form.raid0 && adds && one)
			to.push_back(
				{"md adds, at most 1.3 x dm-linear for each level: " + name(at),
				 *adds, 1.3 * at.form.stack * *one});
	}
}

void add_upstream(const kernel_costs &ours, const kernel_costs &upstream, std::vector<bar> &to)
{
	for (const auto &[at, of] : ours.cells) {
		const auto adds = dm_adds(of), theirs = upstream.adds(at);
		if (adds && theirs)
			to.push_back({"dm adds, below upstream: " + name(at), *adds, *theirs});
	}
}

// A split IO polls more hw queues than the same IO to one disk.
void add_polls(const kernel_costs &ours, std::vector<bar> &to)
{
	for (const auto &[at, of] : ours.cells) {
		const auto dm = of.find("dm_poll"), raw = of.find("raw_poll");
		if (at.form.stripe || dm == of.end() || raw == of.end() || !dm->second.polls ||
		    !raw->second.polls)
			continue;
		to.push_back({"hctx polls for each IO, within 5 % of raw's: " + name(at),
			      *dm->second.polls, 1.05 * *raw->second.polls});
	}
}

// @which: "", or the disks of both kernels that are compared, "-head" or "-plain".
void add_others(const std::vector<kernel_costs> &all, const std::string &which,
		std::vector<bar> &to)
{
	const auto *ours = find_kernel(all, "ours" + which),
		   *base = find_kernel(all, "base" + which);
	if (!ours || !base)
		return;
	for (const auto &[at, of] : ours->cells)
		for (const auto *mode : {"raw_irq", "dm_irq"}) {
			const auto now = ours->instructions(at, mode),
				   before = base->instructions(at, mode);
			if (now && before)
				to.push_back(
					{fmt::format("{}{}, within 1 % of the unpatched base: {}",
						     mode, which, name(at)),
					 *now, 1.01 * *before});
		}
}

void add_heads(const std::vector<kernel_costs> &all, std::vector<bar> &to)
{
	for (const auto &row : heads(all)) {
		const auto text = fmt::format(": {}, depth {}", row.at.rw, row.at.iodepth);
		if (row.head_adds && row.linear_adds)
			to.push_back({"a head adds, at most 1.3 x dm-linear" + text, *row.head_adds,
				      1.3 * *row.linear_adds});
	}
}

} // namespace

std::vector<head_row> heads(const std::vector<kernel_costs> &all)
{
	const auto *head = find_kernel(all, "ours-head"), *plain = find_kernel(all, "ours-plain"),
		   *base = find_kernel(all, "base-head"), *ours = find_kernel(all, "ours");
	std::vector<head_row> rows;
	if (!head || !plain)
		return rows;
	for (const auto &[at, of] : head->cells) {
		head_row row{
			.at = at, .dm_adds = dm_adds(of), .irq = head->instructions(at, "raw_irq")};
		const auto with = head->instructions(at, "raw_poll"),
			   without = plain->instructions(at, "raw_poll");
		if (with && without)
			row.head_adds = *with - *without;
		if (ours)
			row.linear_adds = ours->adds(at);
		if (base)
			row.base_irq = base->instructions(at, "raw_irq");
		rows.push_back(row);
	}
	return rows;
}

const kernel_costs *find_kernel(const std::vector<kernel_costs> &all, const std::string &name)
{
	const auto found = std::find_if(all.begin(), all.end(),
					[&](const auto &one) { return one.kernel == name; });
	return found == all.end() ? nullptr : &*found;
}

std::vector<bar> all_bars(const std::vector<kernel_costs> &all)
{
	std::vector<bar> bars;
	const auto *ours = find_kernel(all, "ours");
	if (!ours)
		return bars;
	add_independence(*ours, bars);
	add_raid0(*ours, bars);
	if (const auto *upstream = find_kernel(all, "upstream-6.12"))
		add_upstream(*ours, *upstream, bars);
	add_polls(*ours, bars);
	add_heads(all, bars);
	for (const auto *which : {"", "-head", "-plain"})
		add_others(all, which, bars);
	return bars;
}

} // namespace cost
