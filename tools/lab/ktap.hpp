// SPDX-License-Identifier: GPL-2.0
// Reads KTAP version 1 (Documentation/dev-tools/ktap.rst) while it arrives.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

enum class case_state { ok, not_ok, skip };

struct case_result {
	std::string name; // of a leaf: the names of its subtests above it, joined by dots
	case_state state = case_state::ok;
	std::string reason = {};             // of a skip
	std::vector<std::string> notes = {}; // diagnostic lines since the result before
};

class ktap_parser
{
public:
	// Called for each leaf result, and for a parent that failed though its cases did not.
	explicit ktap_parser(std::function<void(const case_result &)> on_case);

	void feed(std::string_view text);

	// The stream is over. What is wrong with it as a whole: fewer results than planned, no
	// plan, a bail-out. Empty when nothing is.
	std::vector<std::string> finish();

	std::size_t cases() const { return cases_; }
	bool begun() const { return !levels_.empty(); }

private:
	struct level {
		std::size_t indent = 0;
		std::string name = {};
		std::optional<std::size_t> planned = {};
		std::size_t seen = 0;
		bool failed = false;
	};

	void take_line(std::string_view line);
	level &level_at(std::size_t indent);
	void close_level();
	void take_plan(std::size_t indent, std::string_view text);
	void take_result(std::size_t indent, std::string_view text);
	void report(const case_result &result);
	std::string full_name(std::string_view leaf) const;

	std::function<void(const case_result &)> on_case_;
	std::vector<level> levels_;
	std::optional<level> closed_; // the subtest whose parent's result line comes next
	std::string subtest_;         // named, not yet begun
	std::string partial_;
	std::vector<std::string> problems_, notes_;
	std::size_t cases_ = 0;
	bool skipped_all_ = false;
};

} // namespace lab
