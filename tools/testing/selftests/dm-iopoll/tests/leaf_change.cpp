// SPDX-License-Identifier: GPL-2.0
// What changes below, or above, polled IO that has not completed yet.
#include <cerrno>
#include <functional>
#include <memory>

#include <fmt/format.h>

#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned change_limit = 60; // seconds
constexpr auto held_time = 500ms;     // long against a tick of the kernel's net

// Runs @change, which has to wait for IO that is held, and to end soon after it
// is released, while the submitter is stopped.
void change_over_held(const leaf_module &leaf, const std::string &what,
		      const std::function<void()> &change)
{
	child_process process(what, change);

	check_equal("end of " + what + " while IO is held", process.ended_within(held_time), false);
	leaf.hold(false);
	process.finish(10s);
}

void hold_and_change(env &e, const leaf_module &leaf, test_device device,
		     void (*change)(dm_device &))
{
	leaf.hold(true);
	idle_submitter submitter(e, device, {.block_size = leaf_row(leaf), .count = 8, .depth = 8});
	submitter.stop();
	change_over_held(leaf, "the change of the device", [&] { change(device.stack.top()); });
	device.stack.top().resume();
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
	exercise(e, device, {.block_size = leaf_row(leaf), .count = 16});
}

// What dm clones, and what it passes on itself.
void hold_and_change_each(env &e, void (*change)(dm_device &))
{
	auto leaf = load_leaf(e, {.devices = 2, .poll_queues = 2});

	hold_and_change(e, leaf, make_interleaved(e, leaf), change);
	hold_and_change(e, leaf, make_striped_leaf(e, leaf), change);
}

void suspend_held(env &e)
{
	hold_and_change_each(e, [](dm_device &dm) { dm.suspend(); });
}

// And back: the data stays where it is.
void reload_held(env &e)
{
	hold_and_change_each(e, [](dm_device &dm) {
		auto table = dm.table();
		auto last = table.back();

		dm.reload({{0, last.start + last.length, "error", ""}});
		dm.reload(table);
	});
}

void turn_off(env &e, const std::vector<std::string> &disks, const leaf_module &leaf,
	      const test_device &device)
{
	std::vector<std::unique_ptr<queue_setting>> settings;

	leaf.hold(true);
	idle_submitter submitter(e, device, {.block_size = leaf_row(leaf), .count = 8, .depth = 8});
	for (const auto &disk : disks) {
		settings.push_back(std::make_unique<queue_setting>(disk, "io_poll"));
		settings.back()->set("0");
	}
	leaf.hold(false);
	submitter.poll(10s);
	submitter.finish();
}

void io_poll_held(env &e)
{
	auto leaf = load_leaf(e, {.devices = 2, .poll_queues = 2});
	auto device = make_interleaved(e, leaf);
	const auto &first = leaf.disk(0).kernel_name, &second = leaf.disk(1).kernel_name;

	turn_off(e, {device.kernel_name}, leaf, device);
	turn_off(e, {first}, leaf, device);
	// the dm device first: once a disk is off, it reads 0, too
	turn_off(e, {device.kernel_name, first, second}, leaf, device);
	exercise(e, device, {.block_size = leaf_row(leaf), .count = 16});
}

constexpr leaf_options busy_leaf{
	.devices = 2, .poll_queues = 2, .irq_queues = 2, .latency_us = 100};

void change_under_reader(env &e, const leaf_options &options, const io_shape &shape, int may_fail,
			 const std::function<void(const leaf_module &, busy_reader &)> &change)
{
	auto leaf = load_leaf(e, options, shape.how);
	auto device = make_interleaved(e, leaf);
	auto job = make_seeded_job(e, device, shape, 1);

	check_polls(device);
	busy_reader reader(device, job, 1);
	reader.await_reads(16, 3s);
	reader.now().may_fail = may_fail;
	change(leaf, reader);
	reader.finish(10s);
	e.notes += fmt::format("{}: {} reads, longest (batch) {} ms, {} failed\n", e.shape,
			       reader.now().reads.load(), reader.now().longest.load(),
			       reader.now().failures.load());
}

// Reads of single parts: none is split, so that what becomes of it is one of
// success and an errno.
io_shape single_parts(access how)
{
	return {.how = how, .count = how == access::sync ? 1U : 32U, .depth = 8};
}

void remove_disk(const leaf_module &leaf, busy_reader &reader, std::size_t disk)
{
	child_process remover("removal of " + leaf.disk(disk).path,
			      [&] { leaf.command(disk, "remove"); });

	remover.finish(5s);
	reader.await_reads(16, 5s);
}

void remove_both(const leaf_module &leaf, busy_reader &reader)
{
	remove_disk(leaf, reader, 1);
	remove_disk(leaf, reader, 0);
	check_at_least("reads that failed", reader.now().failures.load(), 1U);
}

void remove(env &e)
{
	for (auto how : {access::sync, access::async})
		change_under_reader(e, busy_leaf, single_parts(how), -EIO, remove_both);
}

void change_queues(const leaf_module &leaf, busy_reader &reader)
{
	for (unsigned round = 0; round < 12; round++) {
		child_process changer("a change of nr_hw_queues", [&] {
			leaf.command(round % 2, fmt::format("queues {}", 1 + round / 2 % 3));
		});

		changer.finish(5s);
		reader.await_reads(8, 5s);
	}
	check_equal("reads that failed", reader.now().failures.load(), 0U);
}

// As a reset of an NVMe disk does for which nvme.poll_queues was set to 0.
void no_poll_queues(env &e)
{
	auto leaf = load_leaf(e, {.devices = 2, .poll_queues = 2}, access::sync);
	auto device = make_interleaved(e, leaf);

	leaf.command(0, "queues 0");
	check_io_poll(leaf.disk(0).kernel_name, "0");
	check_io_poll(leaf.disk(1).kernel_name, "1");
	check_io_poll(device.kernel_name, "0");
	leaf.command(1, "queues 0");
	exercise_both(e, device, poll_mode::irq);
	for (std::size_t disk : {0, 1})
		leaf.command(disk, "queues 2");
	check_polls(device);
	exercise_both(e, device, poll_mode::poll);
}

void queues_sync(env &e)
{
	change_under_reader(e, busy_leaf, single_parts(access::sync), 0, change_queues);
}

void queues_async(env &e)
{
	change_under_reader(e, busy_leaf, single_parts(access::async), 0, change_queues);
}

// A read has more parts than the disk has tags: it waits, with parts in flight
// which the freeze waits for, and then for the end of the freeze.
void queues_few_tags(env &e)
{
	auto leaf = busy_leaf;

	leaf.depth = 2;
	leaf.max_sectors = 8;
	for (auto how : {access::sync, access::async})
		change_under_reader(e, leaf, {.how = how, .block_size = 65536, .count = 1}, 0,
				    change_queues);
}

} // namespace

static std::vector<test_case> leaf_change_tests()
{
	return {
		rescued({"leaf.suspend-held",
			 "suspend with a stopped submitter ends soon after held IO is released",
			 suspend_held, false, change_limit}),
		rescued({"leaf.reload-held", "the same for a reload to an error table and back",
			 reload_held, false, change_limit}),
		without_net({"leaf.io-poll-held", "io_poll turned off at either level with IO held",
			     io_poll_held, false, change_limit}),
		{"leaf.remove", "disks are removed under a polling reader", remove, false,
		 change_limit},
		{"leaf.no-poll-queues", "a disk loses its polled hw queues, and gets them back",
		 no_poll_queues, false, change_limit},
		{"leaf.queues-sync", "nr_hw_queues changes under polled preadv2", queues_sync,
		 false, change_limit},
		{"leaf.queues-async", "the same under reads through an IOPOLL ring", queues_async,
		 false, change_limit},
		rescued({"leaf.queues-few-tags", "the same under reads of more parts than tags",
			 queues_few_tags, false, change_limit}),
	};
}

static const test_group group{leaf_change_tests};

} // namespace dmpoll
