// SPDX-License-Identifier: GPL-2.0
// Judges the kernel log of a guest while it arrives.
#pragma once

#include <cstddef>
#include <deque>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

enum class severity {
	unclean, // the guest went on, but the run must not count as passed
	lost,    // nothing the guest says afterwards can be believed
};

struct finding {
	severity how_bad;
	std::string line;
};

class console_scan
{
public:
	console_scan() = default;
	// Lines that match one of `allowed` (ECMAScript, searched) are no finding.
	explicit console_scan(const std::vector<std::string> &allowed);

	// Any piece of the log; lines may be cut anywhere.
	void feed(std::string_view text);
	// The last line may lack its end.
	void finish();

	const std::vector<finding> &findings() const { return findings_; }
	bool lost() const;
	bool clean() const { return findings_.empty(); }
	// Oldest first, at most `tail_lines`.
	const std::deque<std::string> &tail() const { return tail_; }

	// The function in which the first fatal fault was, and its callers, innermost first;
	// empty if the log does not say.
	const std::vector<std::string> &fault_trace() const { return trace_; }

	static constexpr std::size_t tail_lines = 10;
	static constexpr std::size_t trace_entries = 8;

private:
	void take_line(std::string line);
	void take_trace(const std::string &line);

	std::vector<std::regex> allowed_;
	std::vector<finding> findings_;
	std::deque<std::string> tail_;
	std::vector<std::string> trace_;
	std::string partial_;
};

} // namespace lab
