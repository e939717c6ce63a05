// SPDX-License-Identifier: GPL-2.0
#include "top/top.hpp"

#include "report/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace dmpoll
{

namespace
{

using json = nlohmann::ordered_json;
using count = std::optional<std::uint64_t>;

std::optional<double> rate(const count &before, const count &after, double seconds)
{
	if (!before || !after || *after < *before || seconds <= 0)
		return std::nullopt;
	return double(*after - *before) / seconds;
}

const hctx_view *find_hctx(const disk_sample &sample, unsigned number)
{
	const auto found = std::ranges::find(sample.hctxs, number, &hctx_view::number);

	return found == sample.hctxs.end() ? nullptr : &*found;
}

top_row row_of_hctx(const std::string &disk, const hctx_view &now, const disk_sample &before,
		    double seconds)
{
	const hctx_view *then = find_hctx(before, now.number);
	top_row row{.disk = disk, .hctx = now.number, .type = now.type};

	if (then && then->counters && now.counters) {
		row.polls = rate(then->counters->invoked, now.counters->invoked, seconds);
		row.hits = rate(then->counters->success, now.counters->success, seconds);
	}
	return row;
}

void add(std::optional<double> &sum, const std::optional<double> &more)
{
	if (more)
		sum = sum.value_or(0) + *more;
}

std::string rate_text(const std::optional<double> &value)
{
	return value ? iops_text(*value) : unknown_text;
}

std::string hit_rate_text(const top_row &row)
{
	const auto share = row.hit_rate();

	return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

std::string line_of(const top_row &row)
{
	const std::string queue = row.hctx ? fmt::format("  hctx{}", *row.hctx) : row.disk;
	const bool whole = !row.hctx;

	return fmt::format("{:<16}{:<6}{:>10}{:>10}{:>10}{}\n", queue, whole ? "" : row.type,
			   rate_text(row.polls), rate_text(row.hits), hit_rate_text(row),
			   whole ? fmt::format("{:>13}{:>14}", rate_text(row.requests),
					       rate_text(row.interrupts))
				 : "");
}

json or_null(const std::optional<double> &value)
{
	return value ? json(*value) : json();
}

} // namespace

std::optional<double> top_row::hit_rate() const
{
	return polls && hits && *polls > 0 ? std::optional(*hits / *polls) : std::nullopt;
}

std::vector<top_row> compare_samples(const top_sample &before, const top_sample &after,
				     double seconds)
{
	std::vector<top_row> rows;

	for (const auto &[disk, now] : after) {
		const auto then = before.find(disk);

		if (then == before.end())
			continue;
		const std::size_t whole = rows.size();

		rows.push_back(
			{.disk = disk,
			 .requests = rate(then->second.requests, now.requests, seconds),
			 .interrupts = rate(then->second.interrupts, now.interrupts, seconds)});
		for (const hctx_view &hctx : now.hctxs) {
			if (hctx.type != "poll")
				continue;
			rows.push_back(row_of_hctx(disk, hctx, then->second, seconds));
			add(rows[whole].polls, rows.back().polls);
			add(rows[whole].hits, rows.back().hits);
		}
	}
	return rows;
}

std::string top_text(const std::vector<top_row> &rows)
{
	std::string text =
		fmt::format("{:<16}{:<6}{:>10}{:>10}{:>10}{:>13}{:>14}\n", "DEVICE", "TYPE",
			    "POLLS", "HITS", "HIT RATE", "REQUESTS", "INTERRUPTS");

	for (const top_row &row : rows)
		text += line_of(row);
	return text;
}

std::string top_json(const std::vector<top_row> &rows)
{
	json list = json::array();

	for (const top_row &row : rows)
		list.push_back({{"disk", row.disk},
				{"hctx", row.hctx ? json(*row.hctx) : json()},
				{"polls", or_null(row.polls)},
				{"hits", or_null(row.hits)},
				{"hit_rate", or_null(row.hit_rate())},
				{"requests", or_null(row.requests)},
				{"interrupts", or_null(row.interrupts)}});
	return json{{"format", "dmpoll-top"}, {"version", 1}, {"rows", list}}.dump();
}

} // namespace dmpoll
