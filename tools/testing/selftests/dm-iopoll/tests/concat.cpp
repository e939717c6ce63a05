// SPDX-License-Identifier: GPL-2.0
// dm-linear over two disks, one after the other.
#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

void exercise_sizes(env &e, direction dir, access how)
{
	auto device = make_concat(e);

	for (unsigned size : {4096U, 65536U})
		exercise(e, device, {.dir = dir, .how = how, .block_size = size, .depth = 16});
}

// At depth 1 nothing else can poll for the half on the other disk.
void exercise_border(env &e, direction dir)
{
	auto device = make_concat(e);
	auto border = device.extents[1].start;

	for (auto how : {access::async, access::sync})
		for (unsigned size : {8192U, 65536U, 1U << 20})
			for (unsigned depth : {1U, 8U})
				exercise(e, device,
					 {.dir = dir,
					  .how = how,
					  .block_size = size,
					  .count = depth,
					  .depth = depth,
					  .across = border});
}

} // namespace

static std::vector<test_case> concat_tests()
{
	return {
		{"concat.read", "reads of a concatenation of two disks",
		 call<exercise_sizes, direction::read, access::async>},
		{"concat.write", "writes to a concatenation of two disks",
		 call<exercise_sizes, direction::write, access::async>},
		{"concat.read-sync", "preadv2 with RWF_HIPRI of two disks",
		 call<exercise_sizes, direction::read, access::sync>},
		{"concat.write-sync", "pwritev2 with RWF_HIPRI to two disks",
		 call<exercise_sizes, direction::write, access::sync>},
		{"concat.read-across-border", "reads of which either disk has a part",
		 call<exercise_border, direction::read>},
		{"concat.write-across-border", "writes of which either disk gets a part",
		 call<exercise_border, direction::write>},
	};
}

static const test_group group{concat_tests};

} // namespace dmpoll
