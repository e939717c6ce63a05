// SPDX-License-Identifier: GPL-2.0
#include "check_command.hpp"
#include "process.hpp"

namespace lab
{

std::vector<std::string> argv_of(const check &c, const std::vector<std::string> &cases)
{
	if (cases.empty() || c.list.empty())
		return c.run;
	std::vector<std::string> argv;
	for (auto word = c.run.begin(); word != c.run.end(); ++word)
		if (*word == "-f" || *word == "--filter")
			++word;
		else
			argv.push_back(*word);
	for (const auto &name : cases)
		argv.insert(argv.end(), {"--filter", name});
	return argv;
}

std::string command_line_of(const check &c, const std::vector<std::string> &cases)
{
	std::vector<std::string> words;
	if (!c.env.empty())
		words.emplace_back("env");
	for (const auto &[name, value] : c.env)
		words.push_back(name + "=" + value);
	const auto argv = argv_of(c, cases);
	words.insert(words.end(), argv.begin(), argv.end());
	return shell_line(words);
}

} // namespace lab
