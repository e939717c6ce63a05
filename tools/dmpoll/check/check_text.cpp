// SPDX-License-Identifier: GPL-2.0
#include "check/check.hpp"

#include "check/attribute.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace dmpoll
{

namespace
{

constexpr std::size_t columns = 8;
using row = std::array<std::string, columns>;
constexpr std::size_t verdict_column = columns - 1;

struct table {
	std::vector<row> rows{};
	std::vector<polling> verdicts{}; // of each row
};

std::string type_text(const device_node &node)
{
	switch (node.kind) {
	case node_kind::partition:
		return "part";
	case node_kind::dm:
		return "dm";
	case node_kind::md:
		return "md " + node.md_level;
	case node_kind::loop:
		return "loop";
	case node_kind::disk:
		break;
	}
	return node.driver.name.empty() ? "disk" : node.driver.name;
}

std::string targets_text(const device_node &node)
{
	if (node.kind == node_kind::loop)
		return node.backing_file;
	if (node.kind != node_kind::dm)
		return "-";
	const std::string types = target_types(node);

	return types.empty() ? (node.table_known ? "no table" : "?") : types;
}

std::string flag_text(const std::optional<bool> &flag, const char *yes, const char *no)
{
	return flag ? (*flag ? yes : no) : "?";
}

std::string poll_queues_text(const device_node &node)
{
	if (!node.blk_mq)
		return "-";
	return node.poll_queues ? std::to_string(*node.poll_queues) : "?";
}

std::string name_text(const device_node &node)
{
	if (!node.dm || node.dm->name.empty())
		return node.name;
	return fmt::format("{} ({})", node.name, node.dm->name);
}

row row_of(const device_node &node, const std::string &lead, polling verdict)
{
	row cells{lead + name_text(node),
		  type_text(node),
		  targets_text(node),
		  flag_text(node.io_poll, "1", "0"),
		  poll_queues_text(node),
		  node.scheduler.empty() ? "-" : node.scheduler,
		  flag_text(node.nowait, "yes", "no"),
		  polling_text(verdict)};

	for (std::string &cell : cells)
		cell = printable(cell);
	return cells;
}

struct branch {
	std::string name;
	std::string lead; // drawn before the name
	std::string rest; // drawn before the names below
};

// A device with two above it is drawn in full below the first of them.
void add_rows(table &t, const check_result &result, const branch &at, std::set<std::string> &seen)
{
	const device_node &node = result.stack.at(at.name);
	const polling verdict = result.found.nodes.at(at.name).verdict();
	const bool again = !seen.insert(at.name).second;

	t.rows.push_back(row_of(node, at.lead, verdict));
	t.verdicts.push_back(verdict);
	if (again)
		return;
	for (const std::string &lower : node.lower) {
		const bool last = lower == node.lower.back();

		add_rows(t, result,
			 {lower, at.rest + (last ? "`-" : "|-"), at.rest + (last ? "  " : "| ")},
			 seen);
	}
}

table table_of(const check_result &result)
{
	std::set<std::string> seen;
	table t;

	t.rows.push_back({"DEVICE", "TYPE", "TARGETS", "IO_POLL", "POLL QUEUES", "SCHEDULER",
			  "NOWAIT", "VERDICT"});
	t.verdicts.push_back(polling::unknown);
	add_rows(t, result, {result.stack.top, "", ""}, seen);
	return t;
}

std::string lines_of(const table &t, const text_options &options)
{
	std::array<std::size_t, columns> widths{};
	std::string text;

	for (const row &cells : t.rows)
		for (std::size_t at = 0; at < columns; at++)
			widths[at] = std::max(widths[at], cells[at].size());
	for (std::size_t at = 0; at < t.rows.size(); at++) {
		for (std::size_t column = 0; column < verdict_column; column++)
			text += fmt::format("{:<{}}  ", t.rows[at][column], widths[column]);
		text += coloured(t.rows[at][verdict_column], colour_of(t.verdicts[at]),
				 options.colours && at > 0) +
			"\n";
	}
	return text;
}

std::string cure_lines(const problem &one)
{
	std::string text = "cure: " + one.help.text + "\n";

	for (const std::string &command : one.help.commands)
		text += "    " + command + "\n";
	return text;
}

std::string further_lines(const std::vector<problem> &problems)
{
	std::string text;

	for (std::size_t at = 1; at < problems.size(); at++)
		text += "also: " + printable(problems[at].text) + "\n" + cure_lines(problems[at]);
	return text;
}

// One of each kind; those of lower devices say no more.
std::string danger_lines(const check_result &result, const text_options &options)
{
	std::string text;
	std::set<bool> said;

	for (const danger &one : result.dangers)
		if (said.insert(one.safe_depth == 0).second)
			text += coloured("do not poll " + printable(result.asked.argument) + ": " +
						 printable(one.text),
					 colour_of(polling::no), options.colours) +
				"\n";
	return text.empty() ? text : text + "cure: " + cure_of_dangers().text + "\n\n";
}

std::string fate_lines(const diagnosis &d)
{
	if (d.whole.verdict() == polling::unknown ||
	    (d.async == io_fate::polled && d.sync == io_fate::polled))
		return "";
	if (d.async == d.sync)
		return fmt::format("IO that asks for polling {}.\n", fate_text(d.async));
	return fmt::format("IO of an IORING_SETUP_IOPOLL ring {}; IO with RWF_HIPRI {}.\n",
			   fate_text(d.async), fate_text(d.sync));
}

} // namespace

std::string sentence_of(const check_result &result)
{
	const std::vector<problem> &problems = result.found.whole.problems;
	const std::string verdict = polling_text(result.verdict());

	if (problems.empty())
		return verdict;
	return fmt::format("{}, because {}", verdict, printable(problems.front().text));
}

std::string check_text(const check_result &result, const text_options &options)
{
	const std::vector<problem> &problems = result.found.whole.problems;
	std::string text =
		danger_lines(result, options) + lines_of(table_of(result), options) + "\n";

	text += coloured(printable(result.asked.argument) + ": " + sentence_of(result),
			 colour_of(result.verdict()), options.colours) +
		"\n";
	if (!problems.empty())
		text += cure_lines(problems.front()) + further_lines(problems);
	text += fate_lines(result.found);
	for (const std::string &line : result.stack.unread)
		text += "not read: " + line + "\n";
	return text;
}

} // namespace dmpoll
