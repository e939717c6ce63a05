// SPDX-License-Identifier: GPL-2.0
#include "check/check.hpp"

#include "check/fate.hpp"

#include <nlohmann/json.hpp>

namespace dmpoll
{

namespace
{

using json = nlohmann::ordered_json;

template <typename T> json or_null(const std::optional<T> &value)
{
	return value ? json(*value) : json();
}

json or_null(const std::string &text)
{
	return text.empty() ? json() : json(text);
}

std::string kind_name(node_kind kind)
{
	switch (kind) {
	case node_kind::partition:
		return "partition";
	case node_kind::dm:
		return "dm";
	case node_kind::md:
		return "md";
	case node_kind::loop:
		return "loop";
	case node_kind::disk:
		break;
	}
	return "disk";
}

json table_json(const device_node &node)
{
	json table = json::array();

	if (!node.dm || !node.table_known)
		return json();
	for (const dm_segment &segment : node.dm->table)
		table.push_back({{"start", segment.start},
				 {"length", segment.length},
				 {"target", segment.target}});
	return table;
}

json node_json(const device_node &node, const finding &found)
{
	return {{"name", node.name},
		{"path", node.path},
		{"kind", kind_name(node.kind)},
		{"driver", or_null(node.driver.name)},
		{"dm_name", node.dm ? or_null(node.dm->name) : json()},
		{"suspended", node.dm ? json(node.dm->suspended) : json()},
		{"table", table_json(node)},
		{"md_level", or_null(node.md_level)},
		{"backing_file", or_null(node.backing_file)},
		{"io_poll", or_null(node.io_poll)},
		{"io_poll_delay", or_null(node.io_poll_delay)},
		{"poll_queues", or_null(node.poll_queues)},
		{"nr_requests", or_null(node.nr_requests)},
		{"scheduler", or_null(node.scheduler)},
		{"nowait", or_null(node.nowait)},
		{"verdict", polling_text(found.verdict())},
		{"lower", node.lower}};
}

json problem_json(const problem &one)
{
	return {{"code", one.code},
		{"device", or_null(one.device)},
		{"text", one.text},
		{"certain", one.certain},
		{"cure", {{"text", one.help.text}, {"commands", one.help.commands}}}};
}

} // namespace

std::string check_json(const check_result &result)
{
	const diagnosis &found = result.found;
	json nodes = json::array(), problems = json::array(), dangers = json::array();

	for (const auto &[name, node] : result.stack.nodes)
		nodes.push_back(node_json(node, found.nodes.at(name)));
	for (const problem &one : found.whole.problems)
		problems.push_back(problem_json(one));
	for (const danger &one : result.dangers)
		dangers.push_back({{"device", one.device},
				   {"text", one.text},
				   {"safe_depth", one.safe_depth}});
	const json all{{"format", "dmpoll-check"},
		       {"version", 1},
		       {"argument", result.asked.argument},
		       {"device", result.asked.device},
		       {"filesystem", or_null(result.asked.filesystem)},
		       {"verdict", polling_text(result.verdict())},
		       {"sentence", sentence_of(result)},
		       {"iopoll", fate_name(found.async)},
		       {"hipri", fate_name(found.sync)},
		       {"dangers", dangers},
		       {"problems", problems},
		       {"nodes", nodes},
		       {"unread", result.stack.unread}};

	// names may be any bytes
	return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace dmpoll
