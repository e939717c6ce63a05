// SPDX-License-Identifier: GPL-2.0
// More ways to submit polled IO.
#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

// A kernel thread submits, and polls.
void sq_thread(env &e)
{
	auto device = make_plain_linear(e);

	for (auto dir : {direction::read, direction::write})
		for (unsigned size : {4096U, 65536U})
			exercise(e, device,
				 {.dir = dir,
				  .block_size = size,
				  .count = 128,
				  .registered_file = true,
				  .sq_thread = true});
}

// A disk with a volatile write cache gets FUA writes, or flushes after them.
void dsync(env &e)
{
	auto device = make_plain_linear(e);

	for (unsigned size : {4096U, 65536U})
		exercise(e, device,
			 {.dir = direction::write,
			  .how = access::sync,
			  .block_size = size,
			  .count = 32,
			  .dsync = true});
}

} // namespace

static std::vector<test_case> ring_tests()
{
	return {
		{"linear.sq-thread", "an IOPOLL ring with IORING_SETUP_SQPOLL", sq_thread},
		{"linear.write-dsync", "pwritev2 with RWF_HIPRI and RWF_DSYNC", dsync},
	};
}

static const test_group group{ring_tests};

} // namespace dmpoll
