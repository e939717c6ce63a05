// SPDX-License-Identifier: GPL-2.0
#include "check/danger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>

// The faults, the kernels that they were seen on, and the fixes:
// Documentation/dm-iopoll/upstream.md (U1, U2, U9, U14, U16, U20 and U24 there).

namespace dmpoll
{

namespace
{

bool is_bio_based_dm(const device_node &node)
{
	return node.kind == node_kind::dm && !node.blk_mq;
}

// One IO may become several: it crosses stripes, segments, chunks or regions.
bool may_split(const device_node &node)
{
	static const std::set<std::string> never{"linear", "unstriped", "zero", "error"};

	return !node.table_known || node.dm->table.size() > 1 ||
	       std::ranges::any_of(node.dm->table, [](const dm_segment &segment) {
		       return !never.contains(segment.target);
	       });
}

// Below @node, at any depth.
bool any_below(const device_stack &stack, const device_node &node,
	       bool (*predicate)(const device_node &))
{
	return std::ranges::any_of(node.lower, [&](const std::string &name) {
		const device_node &lower = stack.at(name);

		return predicate(lower) || any_below(stack, lower, predicate);
	});
}

// dm's flag on a bio is a flag of NVMe's driver, too, and of a dm device below.
bool misreads_flag(const device_node &node)
{
	return is_bio_based_dm(node) || node.driver.name.starts_with("nvme");
}

// The fewest tags of a disk below; 0: not known.
unsigned fewest_tags(const device_stack &stack)
{
	unsigned fewest = 0;

	for (const std::string &name : leaves_of(stack))
		if (const auto tags = stack.at(name).nr_requests)
			fewest = fewest ? std::min(fewest, *tags) : *tags;
	return fewest;
}

// @what, on which kernels, and which one this is; @hit: the versions with the fault.
danger on_unfixed(const device_stack &stack, const device_node &node, std::string_view what,
		  std::string_view hit = "5.18 and later")
{
	return {.device = node.name,
		.text = fmt::format(
			"{} on a kernel without the fixes ({}; this is Linux {}.{}{})", what, hit,
			stack.kernel.major, stack.kernel.minor,
			stack.kernel < kernel_version{5, 18} ? " with a newer block layer" : "")};
}

std::string splitter(const device_node &node)
{
	return node.table_known ? target_types(node) : "its table";
}

danger of_splits(const device_stack &stack, const device_node &node)
{
	return on_unfixed(stack, node,
			  fmt::format("polled IO to {} that {} splits crashes the machine",
				      user_path(node), splitter(node)));
}

// io_uring tells the program that a part is done which found no tag.
danger of_lost_parts(const device_stack &stack, const device_node &node)
{
	return on_unfixed(
		stack, node,
		fmt::format("polled IO to {} that {} splits, and of which the disks take only a "
			    "part at once, is reported as done, or never ends,",
			    user_path(node), splitter(node)),
		"5.18 to 6.13");
}

// What the target submits itself keeps the mark, and nobody polls for it.
danger of_stalls(const device_stack &stack, const device_node &node)
{
	return on_unfixed(stack, node,
			  fmt::format("each polled IO to {} takes until the timeout of the disk's "
				      "driver (NVMe: 30 s), as {} submits it itself,",
				      user_path(node), splitter(node)));
}

danger of_depth(const device_stack &stack, const device_node &node)
{
	const unsigned tags = fewest_tags(stack);
	danger found = on_unfixed(
		stack, node,
		fmt::format("more polled IO in flight on {} than a disk below has tags ({}) "
			    "crashes the machine",
			    user_path(node), tags ? std::to_string(tags) : "not known"));

	found.safe_depth = tags;
	return found;
}

// dm or not: ->poll() follows what goes with the connection; that of TCP sleeps, too.
danger of_fabrics(const device_stack &stack, const device_node &node)
{
	return on_unfixed(stack, node,
			  fmt::format("polled IO to {}, over NVMe/{}, crashes the machine when the "
				      "connection ends, or before,",
				      user_path(node),
				      node.driver.transport == "tcp" ? "TCP" : "RDMA"));
}

// kyber, and none, keep what is polled apart.
bool merges_all(const device_node &node)
{
	return node.scheduler == "mq-deadline" || node.scheduler == "bfq";
}

// In a request with the IO of another owner, one waits for the other to poll, or nobody polls.
danger of_merges(const device_stack &stack, const device_node &node)
{
	danger found = on_unfixed(
		stack, node,
		fmt::format("polled IO to {} that its scheduler {} merges with other IO stands "
			    "still together with it until the disk's timeout,",
			    user_path(node), node.scheduler));

	found.safe_depth = node.nr_requests.value_or(0);
	return found;
}

bool is_stall(const problem &one)
{
	return one.code == "target-stalls";
}

bool has_stalls(const finding &found, const device_node &node)
{
	return std::ranges::any_of(found.problems, [&](const problem &one) {
		return is_stall(one) && one.device == node.name;
	});
}

// What stalls is sent to the disks; other certain problems keep polled IO from them.
bool sends_polled(const finding &whole)
{
	return std::ranges::all_of(
		whole.problems, [](const problem &one) { return !one.certain || is_stall(one); });
}

} // namespace

std::vector<danger> dangers_of(const device_stack &stack, const diagnosis &found)
{
	std::vector<danger> all;

	if (found.rules.dm != dm_polling::upstream || !sends_polled(found.whole))
		return all;
	for (const auto &[name, node] : stack.nodes) {
		if (node.driver.transport == "tcp" || node.driver.transport == "rdma")
			all.push_back(of_fabrics(stack, node));
		if (merges_all(node))
			all.push_back(of_merges(stack, node));
		if (!is_bio_based_dm(node))
			continue;
		if (may_split(node) && any_below(stack, node, misreads_flag))
			all.push_back(of_splits(stack, node));
		else if (may_split(node) && stack.kernel < kernel_version{6, 14})
			all.push_back(of_lost_parts(stack, node));
		if (has_stalls(found.whole, node))
			all.push_back(of_stalls(stack, node));
		all.push_back(of_depth(stack, node));
	}
	std::ranges::stable_sort(all, {}, &danger::safe_depth);
	return all;
}

cure cure_of_dangers()
{
	return {"a kernel with the fixes (Documentation/dm-iopoll/upstream.md of dm-iopoll); until "
		"then no polled hw queues: nvme.poll_queues=0 on the kernel command line, nvme "
		"connect without --nr-poll-queues",
		{}};
}

void refuse_dangers(const std::vector<danger> &dangers, unsigned depth)
{
	for (const danger &one : dangers)
		if (depth > one.safe_depth)
			throw std::runtime_error(fmt::format(
				"{} IOs in flight may crash this machine, or get wrong data: {}; "
				"cure: {}. If the kernel has the fixes, or may crash, add "
				"--dangerous",
				depth, one.text, cure_of_dangers().text));
}

} // namespace dmpoll
