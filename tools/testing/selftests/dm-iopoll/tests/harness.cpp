// SPDX-License-Identifier: GPL-2.0
// Tests of the driver itself: each ends in a way that must be reported as what
// it is. All but one need no disk. They run only on request: --filter 'harness.*'.
#include <csignal>

#include <unistd.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/kernel_log.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

void passes(env &) {}

void fails(env &)
{
	check_equal("a number", 1, 2);
}

void skips(env &)
{
	throw skip_test{"needs nothing: skips because it is told to"};
}

void hangs(env &)
{
	set_stage("waiting for a signal that nobody sends");
	for (;;)
		::pause();
}

// The read waits uninterruptibly until the watchdog resumes the device.
void hangs_in_kernel(env &e)
{
	auto device = make_plain_linear(e);
	io_shape shape{.how = access::sync};
	suspended_section suspended(device.stack.top());

	exercise(e, device, shape);
}

void crashes(env &)
{
	set_stage("about to crash");
	::raise(SIGSEGV);
}

void dirties_log(env &)
{
	kernel_log().mark("dm_iopoll harness: not a real I/O error");
}

} // namespace

static std::vector<test_case> harness_tests()
{
	return {
		{"harness.passes", "must be reported as passed", passes, true},
		{"harness.fails", "must be reported as failed", fails, true},
		{"harness.skips", "must be reported as skipped", skips, true},
		{"harness.hangs", "must be reported as failed by the watchdog", hangs, true},
		{"harness.hangs-in-kernel", "must be reported as failed by the watchdog, too",
		 hangs_in_kernel, true},
		{"harness.crashes", "must be reported as failed by a signal", crashes, true},
		{"harness.dirties-log", "must be reported as failed by the kernel log", dirties_log,
		 true},
	};
}

static const test_group group{harness_tests};

} // namespace dmpoll
