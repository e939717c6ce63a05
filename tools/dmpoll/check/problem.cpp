// SPDX-License-Identifier: GPL-2.0
#include "check/problem.hpp"

#include <fmt/format.h>

#include <set>

namespace dmpoll
{

namespace
{

using problems = std::vector<problem>;

constexpr const char *polling_targets =
	"linear, striped, unstriped and switch tables can be polled";

// "dm-1 (home)"
std::string called(const device_node &node)
{
	if (!node.dm || node.dm->name.empty())
		return node.name;
	return fmt::format("{} ({})", node.name, node.dm->name);
}

// ---- disks ----

problem no_poll_queues(const device_node &node)
{
	const cure help = add_poll_queues(node);
	const std::string parameter =
		node.driver.poll_queues_parameter
			? fmt::format(" ({}.poll_queues is {})", node.driver.name,
				      *node.driver.poll_queues_parameter)
			: "";

	return {"no-poll-queues", node.name, node.name + " has no poll queues" + parameter, true,
		help};
}

// Switched off, or without poll queues: without debugfs only the driver's parameter hints at it.
problem io_poll_is_off(const device_node &node, const kernel_rules &rules)
{
	const bool has_queues =
		node.poll_queues.value_or(node.driver.poll_queues_parameter.value_or(0)) > 0;

	if (!has_queues)
		return no_poll_queues(node);
	if (!rules.io_poll_writable())
		return {"driver", node.name, node.name + " does not poll (queue/io_poll reads 0)",
			true, give_up("since Linux 5.16 only the driver decides")};
	return {"switched-off", node.name,
		fmt::format("polling of {} is switched off (queue/io_poll reads 0)", node.name),
		true, switch_on(node)};
}

// With the series, what keeps a head from polling is its paths', or the user's.
problems of_head(const device_node &node, const problem_context &context)
{
	if (context.rules.dm != dm_polling::series)
		return {{"nvme-multipath",
			 node.name,
			 node.name +
				 " is an NVMe multipath device, which this kernel does not poll",
			 true,
			 {"if it has one path only: nvme_core.multipath=N on the kernel command "
			  "line",
			  {}}}};
	if (!context.lower_polls)
		return {};
	return {{"switched-off", node.name,
		 fmt::format("polling of {} is switched off (queue/io_poll reads 0)", node.name),
		 true, switch_on(node)}};
}

problems of_disk(const device_node &node, const problem_context &context)
{
	if (!node.io_poll)
		return {{"unreadable", node.name, node.name + " does not tell whether it polls",
			 false, give_up("its queue/io_poll is missing")}};
	if (node.blk_mq && node.poll_queues == 0U)
		return {no_poll_queues(node)};
	if (*node.io_poll)
		return {};
	if (node.driver.name == "nvme-multipath")
		return of_head(node, context);
	if (node.blk_mq)
		return {io_poll_is_off(node, context.rules)};
	return {{"driver", node.name,
		 node.name + " has no hw queues to poll: its driver takes bios", true,
		 give_up("no setting of that driver changes it")}};
}

// ---- dm devices ----

problem of_target(const std::string &type, const device_node &node, target_polling fate,
		  const std::string &argument)
{
	const std::string head = fmt::format("the dm target {} of {} ", type, called(node));

	switch (fate) {
	case target_polling::stalls:
		return {"target-stalls", node.name,
			head + reason_of_target(type) +
				", which nobody polls for: each IO takes until the timeout of the "
				"disk's driver (NVMe: 30 s)",
			true, give_up("this kernel says that it polls, and does not")};
	case target_polling::unknown:
		return {"target-unknown", node.name, head + "may be polled by this kernel, or not",
			false, prove_instead(argument)};
	default:
		return {"target", node.name, head + reason_of_target(type), true,
			give_up(polling_targets)};
	}
}

problems of_targets(const device_node &node, const problem_context &context)
{
	std::set<std::string> seen;
	problems found;

	if (node.dm->table.empty())
		return {{"no-table", node.name, called(node) + " has no table", true,
			 resume(node)}};
	for (const dm_segment &segment : node.dm->table) {
		const target_polling fate =
			polling_of_target(segment.target, context.rules, node.blk_mq);

		if (fate != target_polling::polled && seen.insert(segment.target).second)
			found.push_back(of_target(segment.target, node, fate, context.argument));
	}
	return found;
}

// What the uuid gives away to those who may not see the table.
std::string target_by_uuid(const std::string &uuid)
{
	if (uuid.starts_with("CRYPT-") && !uuid.starts_with("CRYPT-VERITY"))
		return "crypt";
	return uuid.starts_with("mpath-") ? "multipath" : "";
}

problems without_table(const device_node &node, const problem_context &context)
{
	const std::string type = target_by_uuid(node.dm->uuid);
	const std::string head = "the table of " + called(node);

	const target_polling fate = polling_of_target(type, context.rules, node.blk_mq);

	if (!type.empty() && fate != target_polling::polled)
		return {of_target(type, node, fate, context.argument)};
	if (node.io_poll == false && context.lower_polls)
		return {{"table-unknown", node.name,
			 head + " cannot be read; it does not poll, or polling is switched off",
			 true, look_as_root(context.argument)}};
	if (context.rules.dm == dm_polling::upstream)
		return {{"table-unknown", node.name,
			 head + " cannot be read, and some targets (crypt) only claim to poll",
			 false, look_as_root(context.argument)}};
	return {};
}

problem kernel_without_dm_polling(const device_node &node, const kernel_rules &rules)
{
	return {"kernel",
		node.name,
		fmt::format("this kernel (Linux {}.{}) does not poll device-mapper devices",
			    rules.version.major, rules.version.minor),
		true,
		{"use a kernel that does: 5.10 with the dm-iopoll series, or 5.18 and later (not "
		 "with "
		 "crypt)",
		 {}}};
}

problem io_poll_reads_0(const device_node &node, const kernel_rules &rules)
{
	if (rules.dm == dm_polling::series)
		return {"switched-off", node.name,
			fmt::format("polling of {} is switched off (queue/io_poll reads 0)",
				    called(node)),
			true, switch_on_table(node)};
	return {"kernel", node.name,
		called(node) + " does not poll (queue/io_poll reads 0), though all below it does",
		true, give_up("this kernel decides when the table is loaded")};
}

problem suspended(const device_node &node)
{
	return {.code = "suspended",
		.device = node.name,
		.text = called(node) + " is suspended, so its IO waits",
		.certain = false,
		.help = resume(node),
		.overrides = true};
}

problems of_dm(const device_node &node, const problem_context &context)
{
	problems found;

	if (node.dm->suspended)
		found.push_back(suspended(node));
	if (context.rules.dm == dm_polling::none && !node.blk_mq)
		found.push_back(kernel_without_dm_polling(node, context.rules));
	const problems more =
		node.table_known ? of_targets(node, context) : without_table(node, context);

	found.insert(found.end(), more.begin(), more.end());
	if (found.empty() && context.lower_polls && node.io_poll == false)
		found.push_back(io_poll_reads_0(node, context.rules));
	return found;
}

// ---- the others ----

// raid0 and linear poll with the series, if all of their members do: what keeps those from it is
// theirs.
problems of_polling_md(const device_node &node, const problem_context &context)
{
	if (node.io_poll == true || !context.lower_polls)
		return {};
	return {{"md-" + node.md_level,
		 node.name,
		 fmt::format("{} is an md {} and does not poll (queue/io_poll reads 0), though "
			     "all below it does",
			     node.name, node.md_level),
		 true,
		 {"switch it on; if that is refused, stop the array and start it again, or the "
		  "kernel lacks the series' mail for md",
		  switch_on(node).commands}}};
}

problems of_md(const device_node &node, const problem_context &context)
{
	if ((node.md_level == "raid0" || node.md_level == "linear") &&
	    context.rules.dm == dm_polling::series)
		return of_polling_md(node, context);
	return {{"md", node.name,
		 fmt::format("{} is an md device ({}), which this kernel does not poll", node.name,
			     node.md_level.empty() ? "level unknown" : node.md_level),
		 true,
		 give_up("of md, raid0 and linear poll, on 5.10 with the dm-iopoll series; " +
			 std::string(polling_targets))}};
}

problem of_loop(const device_node &node)
{
	return {"loop", node.name,
		fmt::format("{} is a loop device: its IO goes through a file, from a worker",
			    node.name),
		true, give_up("no kernel polls loop devices")};
}

} // namespace

std::vector<problem> own_problems(const device_node &node, const problem_context &context)
{
	switch (node.kind) {
	case node_kind::partition:
		return {};
	case node_kind::dm:
		return of_dm(node, context);
	case node_kind::md:
		return of_md(node, context);
	case node_kind::loop:
		return {of_loop(node)};
	case node_kind::disk:
		break;
	}
	return of_disk(node, context);
}

std::optional<problem> filesystem_problem(const std::string &type, const problem_context &context)
{
	if (type.empty() || filesystem_polls(type, context.rules.version))
		return std::nullopt;
	if (type == "ext2") // of ext4's code, which polls, or of its own
		return problem{"file-system",
			       {},
			       "files on ext2 can be polled only where ext4 takes care of it",
			       false,
			       prove_instead(context.argument)};
	return problem{"file-system",
		       {},
		       fmt::format("files on {} cannot be polled in this kernel", type),
		       true,
		       give_up("ext4 and xfs can be polled")};
}

} // namespace dmpoll
