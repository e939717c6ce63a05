// SPDX-License-Identifier: GPL-2.0
// The disks themselves: the control. If these fail, the disk or the kernel
// below device-mapper does not do what --expect-raw says.
#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

void exercise_sizes(env &e, direction dir, access how)
{
	auto device = make_raw(e, 0);

	for (unsigned size : {512U, 4096U, 65536U})
		if (size >= device.logical_block_size())
			exercise(e, device, {.dir = dir, .how = how, .block_size = size});
}

} // namespace

static std::vector<test_case> raw_tests()
{
	return {
		{"raw.read-async", "reads of the bare disk through an IOPOLL ring",
		 call<exercise_sizes, direction::read, access::async>},
		{"raw.write-async", "writes to the bare disk through an IOPOLL ring",
		 call<exercise_sizes, direction::write, access::async>},
		{"raw.read-sync", "preadv2 with RWF_HIPRI of the bare disk",
		 call<exercise_sizes, direction::read, access::sync>},
		{"raw.write-sync", "pwritev2 with RWF_HIPRI to the bare disk",
		 call<exercise_sizes, direction::write, access::sync>},
	};
}

static const test_group group{raw_tests};

} // namespace dmpoll
