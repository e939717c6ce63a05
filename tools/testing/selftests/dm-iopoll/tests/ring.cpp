// SPDX-License-Identifier: GPL-2.0
// More ways to submit polled IO.
#include <cerrno>
#include <system_error>
#include <thread>

#include <fcntl.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

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

void need_hybrid_polling()
try {
	ring({.hybrid = true});
} catch (const std::system_error &error) {
	if (error.code().value() == EINVAL)
		throw skip_test{"needs IORING_SETUP_HYBRID_IOPOLL (Linux 6.13)"};
	throw;
}

// How long the kernel sleeps before it polls says how long the IO before took, not how
// long the program left it.
void hybrid(env &e)
{
	need_polling(e);
	need_hybrid_polling();
	auto device = make_raw(e, 0);
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	aligned_buffer memory(4096);
	ring uring({.hybrid = true});

	uring.use_file(file.get());
	for (auto pause : {4000ms, 0ms}) {
		io_op op{.buffer = memory.all()};
		stopwatch watch;

		uring.prepare(op);
		uring.submit();
		std::this_thread::sleep_for(pause);
		while (!op.result) {
			uring.poll(1);
			uring.reap();
		}
		check_time(e, "a read", watch, pause + 1000ms);
	}
}

} // namespace

static std::vector<test_case> ring_tests()
{
	return {
		{"linear.sq-thread", "an IOPOLL ring with IORING_SETUP_SQPOLL", sq_thread},
		{"raw.hybrid", "a ring that sleeps before it polls", hybrid},
		{"linear.write-dsync", "pwritev2 with RWF_HIPRI and RWF_DSYNC", dsync},
	};
}

static const test_group group{ring_tests};

} // namespace dmpoll
