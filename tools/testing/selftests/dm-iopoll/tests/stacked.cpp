// SPDX-License-Identifier: GPL-2.0
// dm on dm on a disk.
#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

void stacked(env &e)
{
	constexpr std::uint64_t skip = 1024; // sectors
	auto two = stack_linear(e, make_plain_linear(e), skip);

	exercise_all_ways(e, two, {.count = 32});
	exercise_all_ways(e, stack_linear(e, std::move(two), skip), {.count = 32});
}

// The lowest level has two segments: IO is split two levels down.
void stacked_split(env &e)
{
	constexpr std::uint64_t skip = 1024;
	auto range = random_range(e, 0, region_sectors);
	auto half = range.length / 2;
	auto below = make_linear(
		e, {{range.disk, range.start + half, half}, {range.disk, range.start, half}});
	auto device = stack_linear(e, stack_linear(e, std::move(below), skip), skip);
	auto border = device.extents[1].start;

	exercise_all_ways(e, device,
			  {.block_size = 65536, .count = 8, .depth = 4, .across = border});
}

} // namespace

static std::vector<test_case> stacked_tests()
{
	return {
		{"linear.stacked", "two and three levels of dm-linear", stacked},
		{"linear.stacked-split", "IO that is split two levels down", stacked_split},
	};
}

static const test_group group{stacked_tests};

} // namespace dmpoll
