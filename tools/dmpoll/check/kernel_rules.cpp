// SPDX-License-Identifier: GPL-2.0
#include "check/kernel_rules.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace dmpoll
{

namespace
{

constexpr kernel_version upstream_dm_polls{5, 18};
constexpr kernel_version f2fs_polls{5, 17};
constexpr kernel_version dma_alignment_is_shown{6, 0};

// A queue without requests of its own reads io_poll_delay 0 where nobody gave it a meaning, and -1
// with the series, whatever its table is.
bool shows_series(const device_node &node)
{
	const bool bio_based = node.kind == node_kind::dm || node.kind == node_kind::md ||
			       node.driver.name == "nvme-multipath";

	return bio_based && !node.blk_mq && node.io_poll_delay == -1;
}

bool shows_polling(const device_node &node)
{
	return node.kind == node_kind::dm && !node.blk_mq && node.io_poll == true;
}

bool shows_dma_alignment(const device_node &node)
{
	return node.shows_dma_alignment;
}

bool any_node(const device_stack &stack, bool (*predicate)(const device_node &))
{
	return std::ranges::any_of(stack.nodes,
				   [&](const auto &entry) { return predicate(entry.second); });
}

// Pass each bio on as it is, in the context of its submitter.
const std::set<std::string> remapping{"linear", "striped", "unstriped", "switch"};

// Upstream polls these, too: what they send down is the clone that dm polls for.
const std::set<std::string> polled_upstream{"flakey", "dust",     "delay", "mirror",
					    "thin",   "snapshot", "zero",  "error"};

} // namespace

kernel_rules rules_of(const device_stack &stack)
{
	kernel_rules rules{.version = stack.kernel};

	if (any_node(stack, shows_dma_alignment))
		rules.version = std::max(rules.version, dma_alignment_is_shown);
	if (rules.version >= upstream_dm_polls)
		rules.dm = dm_polling::upstream;
	else if (rules.version < io_poll_fixed && any_node(stack, shows_series))
		rules.dm = dm_polling::series;
	else if (any_node(stack, shows_polling)) // a distribution's backport
		rules.dm = dm_polling::upstream;
	return rules;
}

target_polling polling_of_target(const std::string &type, const kernel_rules &rules,
				 bool request_based)
{
	if (type == "multipath" && rules.dm == dm_polling::series && !request_based)
		return target_polling::polled;
	if (remapping.contains(type))
		return target_polling::polled;
	if (rules.dm != dm_polling::upstream || type == "multipath")
		return target_polling::interrupt;
	if (type == "crypt")
		return target_polling::stalls;
	return target_polling::unknown;
}

std::string reason_of_target(const std::string &type)
{
	static const std::map<std::string, std::string> reasons{
		{"crypt", "sends bios of its own from a work queue"},
		{"multipath", "is request-based, or queues IO while no path is there"},
		{"error", "has no device below"},
		{"zero", "has no device below"},
		{"flakey", "is made to disturb IO"},
		{"dust", "is made to disturb IO"},
		{"delay", "sends IO later, from a work queue"},
	};
	const auto known = reasons.find(type);

	return known != reasons.end() ? known->second
				      : "may send IO of its own, or later, from a work queue";
}

bool filesystem_polls(const std::string &type, const kernel_version &version)
{
	static const std::set<std::string> polling{"ext4", "ext3", "xfs", "gfs2", "zonefs"};

	return polling.contains(type) || (type == "f2fs" && version >= f2fs_polls);
}

} // namespace dmpoll
