// SPDX-License-Identifier: GPL-2.0
#include "env.hpp"

#include "lib/verdict.hpp"

namespace dmpoll
{

void env::need_disks(std::size_t count) const
{
	if (disks.size() >= count)
		return;
	if (disks.empty())
		throw skip_test{"needs a disk: add --disk DEVICE, which will be OVERWRITTEN"};
	throw skip_test{fmt::format("needs {} disks: add a second --disk",
				    count == 2 ? "two" : std::to_string(count))};
}

std::vector<test_case> all_tests()
{
	std::vector<test_case> all;

	for (auto group :
	     {raw_tests,        linear_tests,      shape_tests,   stacked_tests,   concat_tests,
	      stripe_tests,     remap_tests,       split_tests,   partition_tests, sysfs_tests,
	      ring_tests,       attributes_tests,  suspend_tests, reload_tests,    targets_tests,
	      filesystem_tests, throttle_tests,    reset_tests,   scheduler_tests, cpu_tests,
	      pollers_tests,    swap_tests,        errors_tests,  hot_tests,       leaf_tests,
	      leaf_tags_tests,  leaf_change_tests, nowait_tests,  waiting_tests,   marks_tests,
	      tcp_tests,        diamond_tests,     giant_tests,   net_tests,       bio_based_tests,
	      cookie_tests,     fault_tests,       stress_tests,  harness_tests})
		for (auto &test : group())
			all.push_back(std::move(test));
	return all;
}

} // namespace dmpoll
