// SPDX-License-Identifier: GPL-2.0
// A suspended device, and a device that is to be suspended.
#include <cerrno>
#include <optional>
#include <thread>

#include <fcntl.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"
#include "suspend.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// The bio is put off until resume: by then nobody polls.
void sync_while_suspended(env &e, direction dir)
{
	auto device = make_plain_linear(e);
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device, {.dir = dir, .how = access::sync, .count = 1},
				   data_seed);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	check_polls(device);
	proof_window window(device);
	run_while_suspended(device, "the " + to_string(job.ops[0]), access::sync, [&] {
		run_sync(file.get(), job);
		check_results(job, poll_mode::irq);
		check_job(device, job, data_seed);
	});
	prove_mode(e, window.elapsed(), poll_mode::irq, {.operations = 1});
}

void sync_read(env &e)
{
	need_polling(e, access::sync);
	sync_while_suspended(e, direction::read);
}

void sync_write(env &e)
{
	need_polling(e, access::sync);
	sync_while_suspended(e, direction::write);
}

// Async polled IO must not block: it is refused with EAGAIN, or waits in a
// thread of the kernel's.
void check_done_or_refused(const test_device &device, io_job &job, std::uint64_t data_seed)
{
	std::vector<io_op> done;

	for (const auto &op : job.ops)
		if (op.result != -EAGAIN)
			done.push_back(op);
	job.ops = done;
	check_results(job, poll_mode::irq);
	check_job(device, job, data_seed);
}

void async(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);

	check_polls(device);
	for (auto dir : {direction::read, direction::write}) {
		auto data_seed = e.random();
		auto job = make_seeded_job(e, device, {.dir = dir, .count = 8}, data_seed);
		auto file = open_file(device.path, O_RDWR | O_DIRECT);

		run_while_suspended(device, "a submitter to a suspended device", access::async,
				    [&] {
					    run_async(file.get(), job, {});
					    check_done_or_refused(device, job, data_seed);
				    });
	}
	exercise(e, device, {});
}

// Nobody polls for what is in flight: suspend has to see to it.
void suspend_with_stopped_submitter(env &e, const suspend_options &how)
{
	need_polling(e);
	auto device = make_plain_linear(e);

	check_polls(device);
	idle_submitter submitter(e, device, {.count = 32, .depth = 32});

	submitter.stop();
	set_stage("suspending " + device.path);
	stopwatch watch;
	suspended_section section(device.stack.top(), how);
	check_time(e, "suspend with a stopped submitter", watch, 10s);
	move_linear(e, device, random_range(e, 0, region_sectors));
	section.dismiss();
	check_time(e, "suspend, load and resume with a stopped submitter", watch, 10s);
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
	exercise(e, device, {});
	exercise(e, device, {.how = access::sync});
}

void stopped_submitter(env &e)
{
	suspend_with_stopped_submitter(e, {});
}

void stopped_submitter_noflush(env &e)
{
	suspend_with_stopped_submitter(e, {.noflush = true});
}

// The lower device has polled IO that came through the upper one.
void stopped_submitter_stacked(env &e)
{
	need_polling(e);
	auto device = stack_linear(e, make_plain_linear(e), 1024);

	check_polls(device);
	for (const auto &level : device.stack.devices()) {
		idle_submitter submitter(e, device, {.count = 16, .depth = 16});

		submitter.stop();
		stopwatch watch;
		const_cast<dm_device &>(level).suspend();
		const_cast<dm_device &>(level).resume();
		check_time(e, "suspend and resume of " + level.kernel_name(), watch, 10s);
		submitter.go_on();
		submitter.poll(10s);
		submitter.finish();
	}
}

// The IO of a killed process ends, and lets the device go.
void killed_submitter(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);

	check_polls(device);
	{
		idle_submitter submitter(e, device, {.count = 32, .depth = 32});

		stopwatch watch;
		submitter.kill();
		check_equal("end of the killed submitter within 5 s", submitter.ended_within(5s),
			    true);
		check_time(e, "end of a killed submitter", watch, 5s);
	}
	stopwatch watch;
	device.stack.top().remove_within(5s);
	check_time(e, "removal after the submitter was killed", watch, 5s);
}

} // namespace

void run_while_suspended(test_device &device, const std::string &what, access how,
			 const std::function<void()> &body)
{
	std::optional<child_process> child; // may go only after the device is resumed
	suspended_section section(device.stack.top());

	child.emplace(what, body);
	if (how == access::sync)
		check_equal(what + " waits", child->waits_within(5s), true);
	std::this_thread::sleep_for(patient(300ms));
	section.end();
	child->finish(10s);
}

static std::vector<test_case> suspend_tests()
{
	return {
		{"suspend.sync-read", "a polled preadv2 of a suspended device ends after resume",
		 sync_read, false, long_limit},
		{"suspend.sync-write", "a polled pwritev2 to a suspended device ends after resume",
		 sync_write, false, long_limit},
		{"suspend.async", "IO through an IOPOLL ring to a suspended device is not lost",
		 async, false, long_limit},
		rescued({"suspend.stopped-submitter",
			 "suspend does not wait for a stopped process to poll; reload after it",
			 stopped_submitter, false, long_limit}),
		rescued({"suspend.stopped-submitter-noflush", "the same without flushing",
			 stopped_submitter_noflush, false, long_limit}),
		rescued({"suspend.stopped-submitter-stacked",
			 "the same for either of two devices, one on the other",
			 stopped_submitter_stacked, false, long_limit}),
		rescued({"suspend.killed-submitter",
			 "IO of a killed process ends and frees the device", killed_submitter,
			 false, long_limit}),
	};
}

static const test_group group{suspend_tests};

} // namespace dmpoll
