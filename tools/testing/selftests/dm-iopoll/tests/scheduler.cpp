// SPDX-License-Identifier: GPL-2.0
// IO schedulers of the disk below, and what freezes its queue.
#include <cstdlib>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/command.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// "[none] mq-deadline kyber"
void need_scheduler(const env &e, const std::string &name)
{
	e.need_disks(1);
	load_module(name + "-iosched");
	auto all = read_queue_text(e.disks[0].kernel_name, "scheduler");

	if (all.find(name) == all.npos)
		throw skip_test{fmt::format("needs the IO scheduler {}: build it into the kernel, "
					    "or load its module",
					    name)};
}

void exercise_scheduler(env &e, const std::string &name)
{
	need_scheduler(e, name);
	need_polling(e);
	auto device = make_plain_linear(e);
	queue_setting scheduler(e.disks[0].kernel_name, "scheduler");

	scheduler.set(name);
	check_polls(device);
	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			for (unsigned size : {4096U, 65536U})
				exercise(e, device,
					 {.dir = dir, .how = how, .block_size = size, .count = 32});
}

void mq_deadline(env &e)
{
	exercise_scheduler(e, "mq-deadline");
}

void kyber(env &e)
{
	exercise_scheduler(e, "kyber");
}

void bfq(env &e)
{
	exercise_scheduler(e, "bfq");
}

// A new scheduler freezes the queue: that waits for IO which is polled for.
void switch_under_load(env &e, access how)
{
	for (const auto *name : {"mq-deadline", "kyber", "bfq"})
		need_scheduler(e, name);
	need_polling(e, how);
	auto device = make_plain_linear(e);
	queue_setting scheduler(e.disks[0].kernel_name, "scheduler");

	check_polls(device);
	run_under_load(e, device, {.how = how}, [&](busy_reader &reader) {
		for (const auto *name : {"mq-deadline", "kyber", "bfq", "none", "bfq", "none"}) {
			stopwatch watch;

			scheduler.set(name);
			check_time(e, fmt::format("change to {}", name), watch, 10s);
			reader.await_reads(32, 5s);
		}
	});
	exercise(e, device, {.how = how});
}

void freeze_under_load(env &e, access how)
{
	need_polling(e, how);
	auto device = make_plain_linear(e);
	queue_setting nr_requests(e.disks[0].kernel_name, "nr_requests");

	check_polls(device);
	run_under_load(e, device, {.how = how}, [&](busy_reader &reader) {
		for (unsigned round = 0; round < 20; round++) {
			stopwatch watch;

			nr_requests.set(round % 2 ? "32" : "64");
			check_time(e, "change of nr_requests", watch, 10s);
			reader.await_reads(8, 5s);
		}
	});
	exercise(e, device, {.how = how});
}

} // namespace

static std::vector<test_case> scheduler_tests()
{
	return {
		{"scheduler.mq-deadline", "mq-deadline on the disk below", mq_deadline},
		{"scheduler.kyber", "kyber on the disk below", kyber},
		{"scheduler.bfq", "bfq on the disk below", bfq},
		{"scheduler.switch-async", "schedulers changed under reads through an IOPOLL ring",
		 call<switch_under_load, access::async>, false, long_limit},
		{"scheduler.switch-sync", "the same under reads with RWF_HIPRI",
		 call<switch_under_load, access::sync>, false, long_limit},
		{"scheduler.freeze-async", "nr_requests changed under reads through an IOPOLL ring",
		 call<freeze_under_load, access::async>, false, long_limit},
		{"scheduler.freeze-sync", "the same under reads with RWF_HIPRI",
		 call<freeze_under_load, access::sync>, false, long_limit},
	};
}

static const test_group group{scheduler_tests};

} // namespace dmpoll
