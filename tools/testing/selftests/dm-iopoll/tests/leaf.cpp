// SPDX-License-Identifier: GPL-2.0
// Parts of a bio that complete in an order of our choice, or not well.
#include "leaf.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

leaf_module load_leaf(env &e, leaf_options options, access how)
{
	need_polling(e, how);
	if (e.leaf_file.empty())
		throw skip_test{"module dm_iopoll_leaf.ko not found: build it with make leaf "
				"KDIR=(build tree of this kernel), give it with --leaf FILE"};
	options.timeout_ms = patient(options.timeout_ms);
	return leaf_module(e.leaf_file, options);
}

test_device make_interleaved(env &e, const leaf_module &leaf, unsigned rounds)
{
	std::vector<disk_range> ranges;

	for (unsigned round = 0; round < rounds; round++)
		for (const auto &disk : leaf.disks())
			ranges.push_back({&disk, (round + 1) * 2 * leaf_part, leaf_part});
	return make_linear(e, ranges);
}

test_device make_striped_leaf(env &e, const leaf_module &leaf)
{
	constexpr std::uint64_t start = 2 * leaf_part, rounds = 64;
	auto disks = leaf.disks().size();
	auto length = disks * leaf_part * rounds;
	auto params = fmt::format("{} {}", disks, leaf_part);
	std::vector<extent> extents;

	for (const auto &disk : leaf.disks())
		params += fmt::format(" {} {}", disk.path, start);
	for (std::uint64_t at = 0; at < length; at += leaf_part)
		extents.push_back({at, leaf_part, &leaf.disk(at / leaf_part % disks),
				   start + at / leaf_part / disks * leaf_part});
	return make_dm(e, {{0, length, "striped", params}}, extents);
}

test_device make_raw_leaf(const leaf_module &leaf)
{
	return make_raw_of(leaf.disk(0), 16 << 11);
}

unsigned leaf_row(const leaf_module &leaf)
{
	return static_cast<unsigned>(leaf.disks().size() * leaf_part * 512);
}

void await_waiting(const leaf_module &leaf, std::size_t disk, unsigned count)
{
	stopwatch watch;

	while (leaf.waiting(disk) != count && watch.elapsed() < std::chrono::seconds(2))
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	check_equal(fmt::format("polled requests that wait at {}", leaf.disk(disk).path),
		    leaf.waiting(disk), count);
}

namespace
{

using namespace std::chrono_literals;

using disk_order = std::vector<std::size_t>;

disk_order first_order(const leaf_module &leaf)
{
	disk_order order(leaf.disks().size());

	std::iota(order.begin(), order.end(), 0);
	return order;
}

// One pass of polling reaps what was released, and completes the whole with the
// last part only.
void release_and_poll(const leaf_module &leaf, ring &uring, const disk_order &order)
{
	for (auto disk : order) {
		check_equal("completions with parts outstanding", uring.visible(), 0U);
		leaf.release(disk, 1);
		uring.poll(0);
		check_equal(fmt::format("parts left at {} by a poll after its release",
					leaf.disk(disk).path),
			    leaf.waiting(disk), 0U);
	}
	check_equal("completions after the last part", uring.visible(), 1U);
}

void hold_async(env &e, const leaf_module &leaf, const test_device &device, const disk_order &order,
		direction dir)
{
	auto data_seed = e.random();
	auto job = make_seeded_job(
		e, device, {.dir = dir, .block_size = leaf_row(leaf), .count = 1, .depth = 1},
		data_seed);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	ring uring({.entries = 4});

	e.where += fmt::format("\norder:  {}", fmt::join(order, " "));
	uring.use_file(file.get());
	uring.prepare(job.ops[0]);
	uring.submit();
	for (auto disk : order)
		await_waiting(leaf, disk, 1);
	release_and_poll(leaf, uring, order);
	uring.reap();
	uring.poll(0);
	check_equal("completions after the only one", uring.visible(), 0U);
	check_results(job, poll_mode::poll);
	leaf.hold(false);
	check_job(device, job, data_seed);
	leaf.hold(true);
}

void split_async(env &e)
{
	auto leaf = load_leaf(e, {.devices = 4, .poll_queues = 2});
	auto segments = make_interleaved(e, leaf), stripe = make_striped_leaf(e, leaf);
	auto order = first_order(leaf);

	leaf.hold(true);
	do {
		for (const auto *device : {&segments, &stripe}) {
			hold_async(e, leaf, *device, order, direction::read);
			hold_async(e, leaf, *device, order, direction::write);
		}
	} while (std::next_permutation(order.begin(), order.end()));
}

void hold_sync(env &e, const leaf_module &leaf, const test_device &device, const disk_order &order)
{
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device,
				   {.how = access::sync, .block_size = leaf_row(leaf), .count = 1},
				   data_seed);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	e.where += fmt::format("\norder:  {}", fmt::join(order, " "));
	leaf.hold(true);
	child_process reader("a polled preadv2 of parts held back", [&] {
		run_sync(file.get(), job);
		check_results(job, poll_mode::poll);
		check_job(device, job, data_seed);
	});
	for (auto disk : order)
		await_waiting(leaf, disk, 1);
	for (auto disk : order) {
		check_equal("end of the read with parts outstanding", reader.ended_within(10ms),
			    false);
		leaf.release(disk, 1);
		await_waiting(leaf, disk, 0);
	}
	leaf.hold(false);
	reader.finish(1s);
}

void split_sync(env &e)
{
	auto leaf = load_leaf(e, {.devices = 4, .poll_queues = 2}, access::sync);
	auto segments = make_interleaved(e, leaf), stripe = make_striped_leaf(e, leaf);
	auto order = first_order(leaf);

	for (int round = 0; round < 6; round++) {
		hold_sync(e, leaf, segments, order);
		hold_sync(e, leaf, stripe, order);
		std::shuffle(order.begin(), order.end(), e.random);
	}
}

void many_devices(env &e)
{
	auto leaf = load_leaf(e, {.devices = 16, .poll_queues = 4, .irq_queues = 2}, access::sync);
	auto device = make_interleaved(e, leaf, 32);

	exercise_all(e, device, {4096U, 2 * leaf_row(leaf)}, 64);
}

struct staged_error {
	std::string command; // "error", "reject"
	int err;             // positive errno
};

// All reads of which @disk has a part fail; nothing is left behind.
void fail_part(env &e, const leaf_module &leaf, const test_device &device, access how,
	       const staged_error &error)
{
	auto disk = e.random() % leaf.disks().size();
	auto job = make_seeded_job(
		e, device, {.how = how, .block_size = leaf_row(leaf), .count = 8, .depth = 4}, 1);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	e.where += fmt::format("\nerror:  {} {} by {}", error.command, errno_name(error.err),
			       leaf.disk(disk).path);
	leaf.command(disk, fmt::format("{} {} 0 {} 0", error.command, error.err, 1 << 20));
	run_io(file.get(), job);
	leaf.command(disk, "error 0 0 0 0");
	for (const auto &op : job.ops)
		check_equal("result of the " + to_string(op), errno_name(-op.result.value_or(0)),
			    errno_name(error.err));
	for (std::size_t each = 0; each < leaf.disks().size(); each++)
		check_equal("requests left at " + leaf.disk(each).path, leaf.waiting(each), 0U);
}

void errors(env &e)
{
	auto leaf = load_leaf(e, {.devices = 4, .poll_queues = 2}, access::sync);
	auto segments = make_interleaved(e, leaf), stripe = make_striped_leaf(e, leaf);

	for (int err : {EIO, ENOSPC, EREMOTEIO, ENODATA})
		for (const auto *command : {"error", "reject"})
			for (auto how : {access::async, access::sync})
				for (const auto *device : {&segments, &stripe})
					fail_part(e, leaf, *device, how, {command, err});
	for (const auto *device : {&segments, &stripe})
		exercise(e, *device, {.block_size = leaf_row(leaf), .count = 16});
}

} // namespace

static std::vector<test_case> leaf_tests()
{
	return {
		without_net({"leaf.split-async",
			     "parts of an IO on four disks complete in any order", split_async,
			     false, 60}),
		without_net({"leaf.split-sync", "the same for a preadv2", split_sync}),
		{"leaf.many-devices", "16 disks with 4 polled hw queues each", many_devices, false,
		 60},
		{"leaf.errors", "one part of an IO fails: its errno comes up", errors},
	};
}

static const test_group group{leaf_tests};

} // namespace dmpoll
