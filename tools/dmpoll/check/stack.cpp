// SPDX-License-Identifier: GPL-2.0
#include "check/stack.hpp"

#include <algorithm>

namespace dmpoll
{

std::string target_types(const device_node &node)
{
	std::vector<std::string> seen;
	std::string text;

	if (!node.dm)
		return text;
	for (const dm_segment &segment : node.dm->table) {
		if (std::ranges::count(seen, segment.target))
			continue;
		seen.push_back(segment.target);
		text += (text.empty() ? "" : ", ") + segment.target;
	}
	return text;
}

std::string user_path(const device_node &node)
{
	return node.dm && !node.dm->name.empty() ? "/dev/mapper/" + node.dm->name : node.path;
}

std::vector<std::string> leaves_of(const device_stack &stack)
{
	std::vector<std::string> leaves;

	for (const auto &[name, node] : stack.nodes)
		if (node.lower.empty() && node.kind != node_kind::dm)
			leaves.push_back(name);
	return leaves;
}

} // namespace dmpoll
