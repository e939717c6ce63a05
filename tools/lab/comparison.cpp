// SPDX-License-Identifier: GPL-2.0
#include "comparison.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace lab
{

namespace
{

using nlohmann::json;

struct column_source {
	std::string title, file, check;
};

column_source parse_column(const std::string &text)
{
	const auto equals = text.find('=');
	if (equals == text.npos)
		throw failure(
			std::errc::invalid_argument,
			fmt::format("--column {} is not of the form TITLE=FILE[:CHECK].", text));
	const auto colon = text.find(':', equals);
	const auto end = std::min(colon, text.size());
	return {.title = text.substr(0, equals),
		.file = text.substr(equals + 1, end - equals - 1),
		.check = colon == text.npos ? "" : text.substr(colon + 1)};
}

comparison_column load_column(const column_source &source)
{
	std::ifstream file(source.file);
	std::ostringstream text;
	text << file.rdbuf();
	if (!file)
		throw failure(errno, fmt::format("The results {} cannot be read: {}. Run the "
						 "checks that write them first.",
						 source.file, strerror(errno)));
	try {
		return {source.title, read_cases(text.str(), source.check)};
	} catch (const json::exception &e) {
		throw failure(std::errc::invalid_argument,
			      fmt::format("{} is no results file: {}. Run the checks that write "
					  "it again.",
					  source.file, e.what()));
	}
}

// One cell has room for one result.
void require_one_each(const comparison_column &column)
{
	std::map<std::string, std::string> checks;
	for (const auto &c : column.cases) {
		const auto [known, is_new] = checks.emplace(c.name, c.check);
		if (!is_new)
			throw failure(std::errc::invalid_argument,
				      fmt::format("The column {} has two results of {}, of the "
						  "checks {} and {}. Give each its own tests "
						  "(-f), or name one check in --column.",
						  column.title, c.name, known->second, c.check));
	}
}

const compared_case *find_case(const comparison_column &column, const std::string &name)
{
	const auto found = std::find_if(column.cases.begin(), column.cases.end(),
					[&](const compared_case &c) { return c.name == name; });
	return found == column.cases.end() ? nullptr : &*found;
}

// "irq" of guest.irq.
std::string mode_of(const std::string &check)
{
	return check.substr(check.rfind('.') + 1);
}

bool is_news(const compared_case &c)
{
	return c.state != "passed" && c.state != "skipped";
}

std::string cell(const compared_case *c)
{
	if (!c)
		return "not run";
	if (c->state == "passed")
		return mode_of(c->check) == "poll" ? "pass" : "pass: " + mode_of(c->check);
	return c->state == "skipped" ? "–" : "**" + c->state + "**";
}

std::vector<std::string> row_names(const std::vector<comparison_column> &columns)
{
	std::vector<std::string> names;
	for (const auto &column : columns)
		for (const auto &c : column.cases)
			if (std::find(names.begin(), names.end(), c.name) == names.end())
				names.push_back(c.name);
	return names;
}

std::string table(const std::vector<comparison_column> &columns)
{
	std::string head = "| test |", line = "|---|", rows;
	for (const auto &column : columns) {
		head += fmt::format(" {} |", column.title);
		line += "---|";
	}
	for (const auto &name : row_names(columns)) {
		rows += fmt::format("| `{}` |", name);
		for (const auto &column : columns)
			rows += fmt::format(" {} |", cell(find_case(column, name)));
		rows += "\n";
	}
	return head + "\n" + line + "\n" + rows;
}

// ", run on 2026-12-01", or ", run from 2026-11-30 to 2026-12-01"
std::string days(const comparison_column &column)
{
	std::set<std::string> runs;
	for (const auto &c : column.cases)
		if (!c.run.empty())
			runs.insert(c.run);
	if (runs.size() > 1)
		return fmt::format(", run from {} to {}", *runs.begin(), *runs.rbegin());
	return runs.empty() ? "" : fmt::format(", run on {}", *runs.begin());
}

// "- ours, run on 2026-12-01: 3 passed, 1 crashed"
std::string totals(const comparison_column &column)
{
	std::map<std::string, unsigned> counts;
	for (const auto &c : column.cases)
		counts[c.state]++;
	std::vector<std::string> parts;
	for (const char *state : {"passed", "failed", "stalled", "crashed", "skipped"})
		if (counts.count(state))
			parts.push_back(fmt::format("{} {}", counts[state], state));
	return fmt::format("- {}{}: {}\n", column.title, days(column), fmt::join(parts, ", "));
}

std::string news(const comparison_column &column)
{
	std::string text;
	for (const auto &c : column.cases)
		if (is_news(c))
			text += fmt::format("- `{}` {}: {}\n", c.name, c.state, c.reason);
	return text.empty() ? ""
			    : fmt::format("\n### {}: what did not pass\n\n{}", column.title, text);
}

std::string skips(const comparison_column &column)
{
	std::map<std::string, std::vector<std::string>> by_reason;
	for (const auto &c : column.cases)
		if (c.state == "skipped")
			by_reason[c.reason].push_back("`" + c.name + "`");
	std::string text;
	for (const auto &[reason, names] : by_reason)
		text += fmt::format("- {}: {}\n", reason, fmt::join(names, ", "));
	return text.empty() ? ""
			    : fmt::format("\n### {}: what was skipped\n\n{}", column.title, text);
}

} // namespace

std::vector<compared_case> read_cases(std::string_view text, std::string_view check)
{
	std::vector<compared_case> cases;
	const auto document = json::parse(text);
	for (const auto &result : document.at("results")) {
		const std::string of = result.at("check"), name = result.at("name");
		if ((!check.empty() && of != check) || name.size() <= of.size())
			continue;
		cases.push_back({.name = name.substr(of.size() + 1),
				 .check = of,
				 .state = result.at("state"),
				 .reason = result.at("reason"),
				 .run = result.value("run", "")});
	}
	return cases;
}

std::string to_markdown(const std::vector<comparison_column> &columns)
{
	for (const auto &column : columns)
		require_one_each(column);
	auto text = table(columns) + "\n";
	for (const auto &column : columns)
		text += totals(column);
	for (const auto &column : columns)
		text += news(column) + skips(column);
	return text;
}

verdict compare(const comparison_options &options)
{
	std::vector<comparison_column> columns;
	for (const auto &text : options.columns)
		columns.push_back(load_column(parse_column(text)));
	fmt::print("{}", to_markdown(columns));
	return verdict::pass;
}

} // namespace lab
