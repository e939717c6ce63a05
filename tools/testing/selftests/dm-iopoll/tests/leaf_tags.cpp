// SPDX-License-Identifier: GPL-2.0
// Disks with few tags: a polled bio that finds none, while all are taken by IO
// that waits for its submitter to poll.
#include <functional>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>

#include "file.hpp"
#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr leaf_options few_tags{.devices = 2, .poll_queues = 1, .depth = 2};

// Runs @job in a process of its own; each operation must come back, and its data
// be right.
void run_to_end(env &e, const test_device &device, io_job &job, std::uint64_t data_seed)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	child_process process("the submitter to disks with few tags", [&] {
		run_io(file.get(), job, {.limit = 30s});
		check_results(job, poll_mode::poll);
		check_job(device, job, data_seed);
	});
	stopwatch watch;

	process.finish(40s); // had somebody to wait for the leaf's timeout, the log says so
	check_time(e, e.shape, watch, 40s);
}

void exhaust(env &e, const leaf_module &leaf, const test_device &device, const io_shape &shape)
{
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device, shape, data_seed);

	run_to_end(e, device, job, data_seed);
	for (std::size_t at = 0; at < leaf.disks().size(); at++)
		check_equal("requests left at " + leaf.disk(at).path, leaf.waiting(at), 0U);
}

// Each operation is one request.
void whole(env &e)
{
	auto leaf = load_leaf(e, few_tags);
	auto device = make_interleaved(e, leaf);

	for (auto dir : {direction::read, direction::write})
		exhaust(e, leaf, device, {.dir = dir, .count = 32, .depth = 32});
}

// Each operation is more requests than there are tags.
void split(env &e, access how, bool raw)
{
	auto options = few_tags;

	options.max_sectors = 8;
	auto leaf = load_leaf(e, options, how);
	auto device = raw ? make_raw_leaf(leaf) : make_interleaved(e, leaf);

	for (auto dir : {direction::read, direction::write})
		exhaust(e, leaf, device,
			{.dir = dir, .how = how, .block_size = 65536, .count = 16, .depth = 64});
}

// The file system sends many bios of one read. Those that find no tag fail at
// once and have no cookie; the ones before them still wait to be polled for.
void split_file(env &e)
{
	auto leaf = load_leaf(e, few_tags);
	auto device = make_raw_leaf(leaf);

	need_filesystem(ext4_type());
	auto ext4 = make_filesystem(ext4_type(), device);
	auto file = make_fragmented_file(ext4, 4 << 20);
	auto job = make_file_job(
		{.size = 4 << 20, .shape = {.block_size = 1 << 20, .count = 1, .depth = 1}});
	auto data_seed = e.random();

	describe_place(e, device, job.shape);
	seed_file(file.get(), job, data_seed);
	child_process process("a polled read of a file", [&] {
		run_async(file.get(), job, {.limit = 30s});
		check_results(job, poll_mode::poll);
		check_file(file.get(), job, data_seed);
	});
	stopwatch watch;

	process.finish(40s);
	check_time(e, e.shape, watch, 40s);
}

// A read of what @submitter leaves alone: one of its operations is a write.
io_job make_read_apart(env &e, const test_device &device, const idle_submitter &submitter)
{
	io_shape shape{.how = access::sync, .count = 1};
	auto job = make_job(e, device, shape);

	while (submitter.touches(job.ops[0]))
		job = make_job(e, device, shape);
	describe_place(e, device, shape);
	seed_job(device, job, 1);
	return job;
}

// All tags are those of a process that is stopped. Who needs one must poll for
// its IO.
void read_beside_stopped(env &e, const leaf_module &leaf, const test_device &device,
			 const std::function<void()> &meanwhile)
{
	leaf.hold(true);
	idle_submitter submitter(e, device, {.block_size = leaf_row(leaf), .count = 2, .depth = 2});
	submitter.stop();
	auto job = make_read_apart(e, device, submitter);
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	stopwatch watch;
	child_process read("preadv2 of " + device.path, [&] {
		run_sync(file.get(), job);
		check_results(job, poll_mode::poll);
		check_job(device, job, 1);
	});
	check_equal("end of a read while IO is held", read.ended_within(200ms), false);
	meanwhile();
	leaf.hold(false);
	read.finish(40s);
	check_time(e, "a read, with all tags at a stopped process", watch, 10s);
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
}

void stopped(env &e)
{
	auto leaf = load_leaf(e, few_tags);
	auto device = make_interleaved(e, leaf);
	std::optional<child_process> suspend;

	read_beside_stopped(e, leaf, device, [] {});
	read_beside_stopped(e, leaf, device, [&] {
		suspend.emplace("suspend while a read waits for a tag", [&] {
			device.stack.top().suspend();
			device.stack.top().resume();
		});
		check_equal("end of suspend while IO is held", suspend->ended_within(200ms), false);
	});
	suspend->finish(2s);
}

} // namespace

static std::vector<test_case> leaf_tags_tests()
{
	return {
		{"leaf.tags-whole", "32 operations in flight at disks with 2 tags", whole, false,
		 60},
		{"leaf.tags-split-async", "operations of more requests than there are tags",
		 call<split, access::async, false>, false, 60},
		{"leaf.tags-split-sync", "the same with preadv2 and pwritev2",
		 call<split, access::sync, false>, false, 60},
		{"leaf.tags-raw-split-async", "the same of a bare disk",
		 call<split, access::async, true>, false, 60},
		{"leaf.tags-raw-split-sync", "the same of a bare disk, preadv2 and pwritev2",
		 call<split, access::sync, true>, false, 60},
		{"leaf.tags-file", "a file's read of more bios than there are tags", split_file,
		 false, 60},
		rescued({"leaf.tags-stopped",
			 "a read, and suspend, while a stopped process has all tags", stopped,
			 false, 60}),
	};
}

static const test_group group{leaf_tags_tests};

} // namespace dmpoll
