// SPDX-License-Identifier: GPL-2.0
// dm-linear, one segment of one disk: the plainest case.
#include <algorithm>

#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

void exercise_sizes(env &e, direction dir, access how)
{
	auto device = make_plain_linear(e);

	for (unsigned size : {512U, 4096U, 65536U, 1U << 20})
		if (size >= device.logical_block_size())
			exercise(e, device,
				 {.dir = dir,
				  .how = how,
				  .block_size = size,
				  .count = std::min(64U, (8U << 20) / size)});
}

void exercise_both_ways(env &e, io_shape shape)
{
	auto device = make_plain_linear(e);

	for (auto dir : {direction::read, direction::write}) {
		shape.dir = dir;
		exercise(e, device, shape);
	}
}

void fixed_buffers(env &e)
{
	exercise_both_ways(e, {.fixed_buffers = true});
	exercise_both_ways(e, {.block_size = 131072, .count = 32, .fixed_buffers = true});
}

void registered_files(env &e)
{
	exercise_both_ways(e, {.registered_file = true});
	exercise_both_ways(e, {.fixed_buffers = true, .registered_file = true});
}

void depth_1(env &e)
{
	exercise_both_ways(e, {.depth = 1});
}

void depth_128(env &e)
{
	exercise_both_ways(e, {.count = 512, .depth = 128});
}

} // namespace

static std::vector<test_case> linear_tests()
{
	return {
		{"linear.read-async", "reads through an IOPOLL ring",
		 call<exercise_sizes, direction::read, access::async>},
		{"linear.write-async", "writes through an IOPOLL ring",
		 call<exercise_sizes, direction::write, access::async>},
		{"linear.read-sync", "preadv2 with RWF_HIPRI",
		 call<exercise_sizes, direction::read, access::sync>},
		{"linear.write-sync", "pwritev2 with RWF_HIPRI",
		 call<exercise_sizes, direction::write, access::sync>},
		{"linear.fixed-buffers", "reads and writes with registered buffers", fixed_buffers},
		{"linear.registered-files", "reads and writes with a registered file",
		 registered_files},
		{"linear.depth-1", "one operation at a time: each needs a poll of its own",
		 depth_1},
		{"linear.depth-128", "128 operations in flight", depth_128},
	};
}

static const test_group group{linear_tests};

} // namespace dmpoll
