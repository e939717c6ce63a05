// SPDX-License-Identifier: GPL-2.0
#include "output_patterns.hpp"

#include <fmt/format.h>

namespace lab
{

output_patterns::output_patterns(const std::vector<std::string> &wanted,
				 const std::vector<std::string> &unwanted)
{
	for (const auto &text : wanted)
		wanted_.push_back({.text = text, .expression = std::regex(text)});
	for (const auto &text : unwanted)
		unwanted_.push_back({.text = text, .expression = std::regex(text)});
}

// Line by line: std::regex recurses, and would run out of stack on a long text.
void output_patterns::note(const std::string &line)
{
	constexpr std::size_t longest = 4096;
	const auto text = line.substr(0, longest);
	for (auto *list : {&wanted_, &unwanted_})
		for (auto &p : *list)
			p.seen = p.seen || std::regex_search(text, p.expression);
}

std::string output_patterns::problem() const
{
	for (const auto &wanted : wanted_)
		if (!wanted.seen)
			return fmt::format("no line of its output matches '{}'", wanted.text);
	for (const auto &unwanted : unwanted_)
		if (unwanted.seen)
			return fmt::format("a line of its output matches '{}', which it must not",
					   unwanted.text);
	return {};
}

} // namespace lab
