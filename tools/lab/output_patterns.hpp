// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <regex>
#include <string>
#include <vector>

namespace lab
{

// What lines of a check's output must match, and what none may match.
class output_patterns
{
public:
	output_patterns(const std::vector<std::string> &wanted,
			const std::vector<std::string> &unwanted);

	void note(const std::string &line);
	// What is wrong with the lines so far; empty: nothing.
	std::string problem() const;

private:
	struct pattern {
		std::string text;
		std::regex expression;
		bool seen = false;
	};

	std::vector<pattern> wanted_, unwanted_;
};

} // namespace lab
