// SPDX-License-Identifier: GPL-2.0
#include "survey.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <regex>
#include <utility>

namespace lab
{

namespace
{

// "got:    3" as {"got", "3"}.
std::optional<std::pair<std::string, std::string>> split_note(const std::string &note)
{
	const auto colon = note.find(": ");
	if (colon == note.npos)
		return std::nullopt;
	const auto value = note.find_first_not_of(' ', colon + 1);
	return std::pair{note.substr(0, colon), value == note.npos ? "" : note.substr(value)};
}

test_state state_named(const std::string &name)
{
	for (const auto state : {test_state::crashed, test_state::stalled})
		if (name == name_of(state))
			return state;
	return test_state::failed;
}

bool tells_why(const std::string &key)
{
	static constexpr std::array keys{"what", "got", "wanted", "error", "io", "left", "kernel"};
	return std::find(keys.begin(), keys.end(), key) != keys.end();
}

} // namespace

finding finding_of(const std::vector<std::string> &notes)
{
	finding found;
	std::string last_key;
	for (const auto &note : notes) {
		const auto parts = split_note(note);
		if (!parts)
			continue;
		const auto &[key, value] = *parts;
		if (key == "end")
			found.state = state_named(value);
		if (key == "device" || key == "seed")
			found.where += (found.where.empty() ? "" : ", ") + key + " " + value;
		// one line of the kernel's, one device left, tell as much as many
		if (!tells_why(key) || key == std::exchange(last_key, key))
			continue;
		found.reason += found.reason.empty() ? "" : "; ";
		found.reason += key == "what" ? value : key + " " + value;
	}
	return found;
}

std::string fault_on(const std::filesystem::path &console)
{
	static const std::regex fault("BUG: .*|Oops: .*|Kernel panic.*"),
		place("RIP: \\w+:([\\w.]+)");
	std::ifstream in(console);
	std::string text;
	for (std::string line; std::getline(in, line);) {
		constexpr std::size_t longest = 4096; // std::regex recurses
		std::smatch match;
		line.resize(std::min(line.size(), longest));
		if (!line.empty() && line.back() == '\r')
			line.pop_back();
		if (line.find("sysrq: Show") != line.npos)
			break;
		if (text.empty() && std::regex_search(line, match, fault))
			text = match.str();
		else if (!text.empty() && std::regex_search(line, match, place))
			return text + ", in " + match[1].str();
	}
	return text;
}

} // namespace lab
