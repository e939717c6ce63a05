// SPDX-License-Identifier: GPL-2.0
#include "ktap.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace lab
{

namespace
{

std::string_view trimmed(std::string_view text)
{
	const auto first = text.find_first_not_of(" \t\r");
	if (first == text.npos)
		return {};
	return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Takes `word` off the front of `text`.
bool take(std::string_view &text, std::string_view word)
{
	if (!text.starts_with(word))
		return false;
	text.remove_prefix(word.size());
	return true;
}

std::optional<std::size_t> take_number(std::string_view &text)
{
	std::size_t value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
	if (error != std::errc())
		return std::nullopt;
	text.remove_prefix(static_cast<std::size_t>(end - text.data()));
	return value;
}

bool equals_ignoring_case(std::string_view a, std::string_view b)
{
	return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
		return std::tolower(static_cast<unsigned char>(x)) ==
		       std::tolower(static_cast<unsigned char>(y));
	});
}

// " # SKIP why": the directive of a result or a plan; a plain comment is none.
void take_directive(std::string_view text, case_result &to)
{
	text = trimmed(text);
	if (text.size() < 4 || !equals_ignoring_case(text.substr(0, 4), "SKIP"))
		return;
	to.state = case_state::skip;
	to.reason = trimmed(text.substr(4));
}

// "ok 3 - name # SKIP why", after the indent; nothing when it is no result.
std::optional<std::pair<case_result, std::optional<std::size_t>>>
parse_result(std::string_view text)
{
	case_result result;
	if (take(text, "not ok"))
		result.state = case_state::not_ok;
	else if (!take(text, "ok"))
		return std::nullopt;
	if (!text.empty() && text.front() != ' ')
		return std::nullopt;
	text = trimmed(text);
	const auto number = take_number(text);
	text = trimmed(text);
	if (take(text, "- "))
		text = trimmed(text);
	const auto comment = text.starts_with("# ") ? 0 : text.find(" #");
	result.name = trimmed(text.substr(0, comment));
	if (comment != text.npos)
		take_directive(text.substr(text.find('#', comment) + 1), result);
	return std::pair{result, number};
}

} // namespace

ktap_parser::ktap_parser(std::function<void(const case_result &)> on_case)
    : on_case_(std::move(on_case))
{
}

void ktap_parser::feed(std::string_view text)
{
	for (const char c : text) {
		if (c != '\n')
			partial_.push_back(c);
		else
			take_line(std::exchange(partial_, {}));
	}
}

std::vector<std::string> ktap_parser::finish()
{
	if (!partial_.empty())
		take_line(std::exchange(partial_, {}));
	if (levels_.empty() && !skipped_all_)
		problems_.emplace_back("no KTAP in its output");
	else if (!levels_.empty() && !levels_.front().planned)
		problems_.emplace_back("no plan (1..N): the run may have ended early");
	while (!levels_.empty())
		close_level();
	return std::exchange(problems_, {});
}

void ktap_parser::take_line(std::string_view line)
{
	const auto indent = line.find_first_not_of(" \t");
	if (indent == line.npos)
		return;
	auto text = trimmed(line);
	if (take(text, "# Subtest:"))
		subtest_ = trimmed(text);
	else if (text.starts_with("KTAP version") || text.starts_with("TAP version"))
		level_at(indent);
	else if (text.starts_with("1.."))
		take_plan(indent, text.substr(3));
	else if (take(text, "Bail out!"))
		problems_.push_back(fmt::format("bailed out: {}", trimmed(text)));
	else if (text.starts_with("ok") || text.starts_with("not ok"))
		take_result(indent, text);
	else if (take(text, "#"))
		notes_.emplace_back(trimmed(text));
}

// Deeper than before: a subtest begins. Shallower: one has ended, and its parent's result comes.
ktap_parser::level &ktap_parser::level_at(std::size_t indent)
{
	while (levels_.size() > 1 && levels_.back().indent > indent)
		close_level();
	if (levels_.empty() || levels_.back().indent < indent)
		levels_.push_back({.indent = indent, .name = std::exchange(subtest_, {})});
	return levels_.back();
}

void ktap_parser::close_level()
{
	const auto done = std::move(levels_.back());
	levels_.pop_back();
	const auto where = done.name.empty() ? std::string() : " in " + done.name;
	if (done.planned && *done.planned != done.seen)
		problems_.push_back(fmt::format("{} results were planned{}, {} came", *done.planned,
						where, done.seen));
	if (done.failed && !levels_.empty())
		levels_.back().failed = true;
	closed_ = done;
}

void ktap_parser::take_plan(std::size_t indent, std::string_view text)
{
	auto &here = level_at(indent);
	here.planned = take_number(text);
	const auto comment = text.find('#');
	case_result all;
	if (comment == text.npos || here.planned != 0)
		return;
	take_directive(text.substr(comment + 1), all);
	if (all.state != case_state::skip || levels_.size() > 1)
		return;
	skipped_all_ = true;
	report(all);
}

void ktap_parser::take_result(std::size_t indent, std::string_view text)
{
	auto parsed = parse_result(text);
	if (!parsed)
		return;
	auto &[result, number] = *parsed;
	result.notes = std::exchange(notes_, {});
	auto &here = level_at(indent);
	const auto below = std::exchange(closed_, {});
	++here.seen;
	if (number && *number != here.seen)
		problems_.push_back(fmt::format("result {} of '{}' came as number {}", *number,
						result.name, here.seen));
	if (result.name.empty())
		result.name = std::to_string(here.seen);
	const bool failed = result.state == case_state::not_ok;
	// A parent repeats its cases' verdict; it is news only when none of them failed.
	if (below && below->seen > 0 && (!failed || below->failed))
		return;
	here.failed |= failed;
	result.name = full_name(result.name);
	report(result);
}

void ktap_parser::report(const case_result &result)
{
	++cases_;
	on_case_(result);
}

std::string ktap_parser::full_name(std::string_view leaf) const
{
	std::string name;
	for (const auto &above : levels_)
		if (!above.name.empty() && !leaf.starts_with(above.name + "."))
			name += above.name + ".";
	return name.append(leaf);
}

} // namespace lab
