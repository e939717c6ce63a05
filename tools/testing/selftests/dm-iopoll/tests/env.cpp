// SPDX-License-Identifier: GPL-2.0
#include "env.hpp"

#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

// The objects of a program are linked, and so initialised, in the order of their
// names; this one is there when the first of them needs it.
std::vector<std::vector<test_case> (*)()> &groups()
{
	static std::vector<std::vector<test_case> (*)()> all;

	return all;
}

} // namespace

void env::need_disks(std::size_t count) const
{
	if (disks.size() >= count)
		return;
	if (disks.empty())
		throw skip_test{"needs a disk: add --disk DEVICE, which will be OVERWRITTEN"};
	throw skip_test{fmt::format("needs {} disks: add a second --disk",
				    count == 2 ? "two" : std::to_string(count))};
}

test_group::test_group(std::vector<test_case> (*tests)())
{
	groups().push_back(tests);
}

std::vector<test_case> all_tests()
{
	std::vector<test_case> all;

	for (auto group : groups())
		for (auto &test : group())
			all.push_back(std::move(test));
	return all;
}

} // namespace dmpoll
