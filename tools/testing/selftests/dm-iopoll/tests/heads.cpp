// SPDX-License-Identifier: GPL-2.0
// NVMe multipath devices: a head passes bios on to one of its paths, and polls
// there. Paths come and go, and the head stays.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/nvme.hpp"
#include "lib/patience.hpp"
#include "lib/poll_net.hpp"
#include "lib/queue_setting.hpp"
#include "lib/queue_stats.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto longest_stall = 10s; // the disks' own timeout is 30 s

void need_heads(const env &e)
{
	for (auto how : {access::async, access::sync})
		need_polling(e, how);
	e.need_disks(1);
	for (const auto &disk : e.disks)
		if (nvme_paths(disk.kernel_name).size() < 2)
			throw skip_test{"needs NVMe multipath devices of two controllers: lab run "
					"--subsystem"};
	if (!has_poll_net())
		throw skip_test{"needs the 5.10 series"};
}

// Of the first disk, those of each path.
std::vector<nvme_controller> controllers(const env &e)
{
	std::vector<nvme_controller> found;

	for (const auto &path : nvme_paths(e.disks[0].kernel_name)) {
		auto controller = nvme_controller::of(path);

		if (!controller)
			throw skip_test{"needs NVMe disks on PCI, not " + path};
		found.push_back(*controller);
	}
	return found;
}

void exercise_polled(env &e, const test_device &device, unsigned size)
{
	check_polls(device);
	exercise_all(e, device, {size});
}

void raw(env &e)
{
	need_heads(e);
	exercise_polled(e, make_raw(e, 0), 4096);
	exercise_polled(e, make_raw(e, 0), 1 << 20);
}

void linear(env &e)
{
	need_heads(e);
	exercise_polled(e, make_plain_linear(e), 4096);
	exercise_polled(e, stack_linear(e, make_plain_linear(e), 1024), 65536);
}

void stripe(env &e)
{
	need_heads(e);
	exercise_polled(e, make_stripe(e, {.chunk = 8}), 16384);
}

void few_tags(env &e)
{
	need_heads(e);
	auto device = make_stripe(e, {.chunk = 8});
	std::vector<std::unique_ptr<queue_setting>> tags;

	for (const auto *disk : device.leaves())
		for (const auto &path : nvme_paths(disk->kernel_name)) {
			tags.push_back(std::make_unique<queue_setting>(path, "nr_requests"));
			tags.back()->set("4");
		}
	for (auto dir : {direction::read, direction::write})
		transfer(e, device, {.dir = dir, .block_size = 65536, .count = 64, .depth = 16});
}

void io_poll(env &e)
{
	need_heads(e);
	auto device = make_raw(e, 0);
	queue_setting setting(device.kernel_name, "io_poll");

	setting.set("0");
	check_io_poll(device.kernel_name, "0");
	exercise_both(e, device, poll_mode::irq);
	setting.set("1");
	exercise_both(e, device, poll_mode::poll);
}

void stopped(env &e)
{
	need_heads(e);
	auto device = make_plain_linear(e);
	idle_submitter submitter(e, device, {.count = 32, .depth = 32});
	stopwatch watch;

	submitter.stop();
	while (!read_all_rescued())
		check_at_most("milliseconds until the kernel polls", watch.elapsed().count(),
			      patient(5000L));
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
	exercise_polled(e, device, 4096);
}

bool all_have_paths(const env &e, std::size_t wanted)
{
	return std::ranges::all_of(e.disks, [=](const claimed_disk &disk) {
		return nvme_paths(disk.kernel_name).size() == wanted;
	});
}

// A controller that comes back is looked at by a scan, which adds a path to one
// head after the other, and freezes them.
void await_paths(const env &e, std::size_t wanted)
{
	stopwatch watch;

	while (!all_have_paths(e, wanted)) {
		check_at_most(fmt::format("milliseconds until each head has {} paths", wanted),
			      watch.elapsed().count(), patient(10000L));
		std::this_thread::sleep_for(20ms);
	}
	std::this_thread::sleep_for(patient(500ms));
}

// One of two paths goes: what was in flight there is sent again by the other.
void disturb_each(env &e, const test_device &device, access how,
		  const std::function<void(const nvme_controller &)> &disturb)
{
	auto paths = nvme_paths(e.disks[0].kernel_name).size();

	run_under_load(e, device, {.how = how, .most = longest_stall}, [&](busy_reader &reader) {
		for (const auto &controller : controllers(e)) {
			disturb(controller);
			reader.await_reads(64, longest_stall);
			await_paths(e, paths);
			reader.await_reads(64, longest_stall);
		}
	});
	exercise_both(e, const_cast<test_device &>(device), poll_mode::poll);
}

void reset_each(env &e)
{
	need_heads(e);
	for (auto how : {access::async, access::sync}) {
		auto reset = [](const nvme_controller &controller) { controller.reset(); };

		disturb_each(e, make_raw(e, 0), how, reset);
		disturb_each(e, make_stripe(e), how, reset);
	}
}

// While no path is usable, the head keeps bios, and sends them later from a work
// item, where nobody polls for them.
void reset_all(env &e)
{
	need_heads(e);
	auto device = make_raw(e, 0);

	for (auto how : {access::async, access::sync})
		run_under_load(
			e, device, {.how = how, .most = longest_stall}, [&](busy_reader &reader) {
				for (int round = 0; round < 5; round++) {
					std::vector<std::unique_ptr<child_process>> resets;

					for (const auto &controller : controllers(e))
						resets.push_back(std::make_unique<child_process>(
							"a reset of " + controller.name(),
							[=] { controller.reset(); }));
					for (auto &each : resets)
						each->finish(longest_stall);
					reader.await_reads(64, longest_stall);
				}
			});
	await_paths(e, controllers(e).size());
	exercise_both(e, device, poll_mode::poll);
}

void remove_each(env &e)
{
	need_heads(e);
	for (auto how : {access::async, access::sync})
		disturb_each(e, make_stripe(e), how, [](const nvme_controller &controller) {
			controller.remove();
			rescan_pci();
		});
}

// One controller without polled hw queues: IO goes on whichever path it takes, and
// io_poll tells.
void asymmetric(env &e)
{
	need_heads(e);
	auto device = make_plain_linear(e);

	for (const auto &controller : controllers(e)) {
		{
			poll_queues_setting poll_queues(controller);

			poll_queues.set(0);
			await_paths(e, controllers(e).size());
			check_io_poll(e.disks[0].kernel_name, "0");
			check_io_poll(device.kernel_name, "0");
			run_under_load(e, device, {}, [](busy_reader &reader) {
				reader.await_reads(256, longest_stall);
			});
		}
		await_paths(e, controllers(e).size());
		exercise_polled(e, device, 4096);
	}
}

} // namespace

static std::vector<test_case> heads_tests()
{
	return {
		{"heads.raw", "reads and writes of the head itself", raw},
		{"heads.linear", "dm-linear on a head, and one more on that", linear},
		{"heads.stripe", "16 KiB over four chunks of 4 KiB on two heads", stripe},
		{"heads.few-tags", "64 KiB over chunks of 4 KiB, on paths with 4 tags", few_tags},
		{"heads.io-poll", "queue/io_poll of a head turns polling off and on", io_poll},
		rescued({"heads.stopped", "a stopped submitter: the kernel polls", stopped}),
		{"heads.reset", "the controllers are reset by turns under a polled reader",
		 reset_each, false, long_limit},
		{"heads.reset-all", "all controllers are reset at once under a polled reader",
		 reset_all, false, long_limit},
		{"heads.remove",
		 "the controllers are removed and come back by turns, under a polled reader",
		 remove_each, false, long_limit},
		{"heads.asymmetric", "one of two controllers has no polled hw queues", asymmetric,
		 false, long_limit},
	};
}

static const test_group group{heads_tests};

} // namespace dmpoll
