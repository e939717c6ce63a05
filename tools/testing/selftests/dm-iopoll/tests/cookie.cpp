// SPDX-License-Identifier: GPL-2.0
// What the cookie of a bio names: which hw queues a poll pass asks, and that
// it finds whatever the bio became. On the test leaf, where each poll is
// counted, and held IO completes only for whoever polls its hw queue.
#include <cerrno>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include "cpus.hpp"
#include "file.hpp"
#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "partition.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned part_bytes = leaf_part * 512;

std::vector<std::uint64_t> rows(const leaf_module &leaf, unsigned count, unsigned skip = 0)
{
	std::vector<std::uint64_t> offsets;

	for (unsigned row = 0; row < count; row++)
		offsets.push_back(2 * row * leaf_row(leaf) + skip);
	return offsets;
}

std::vector<std::vector<leaf_queue_state>> all_queues(const leaf_module &leaf)
{
	std::vector<std::vector<leaf_queue_state>> all;

	for (std::size_t disk = 0; disk < leaf.disks().size(); disk++)
		all.push_back(leaf.queues(disk));
	return all;
}

// One pass of polling asks each hw queue that something waits at once, and no
// other.
void check_pass(const leaf_module &leaf, ring &uring)
{
	auto before = all_queues(leaf);
	uring.poll(0);
	auto after = all_queues(leaf);

	for (std::size_t disk = 0; disk < before.size(); disk++)
		for (std::size_t at = 0; at < before[disk].size(); at++)
			check_equal(fmt::format("polls of hctx {} of {} in one pass, where {} "
						"requests wait",
						before[disk][at].hctx, leaf.disk(disk).path,
						before[disk][at].waiting),
				    after[disk][at].polls - before[disk][at].polls,
				    std::uint64_t{before[disk][at].waiting ? 1U : 0U});
}

// If a check throws, held reads must not write into memory that was given back.
struct drain {
	const leaf_module &leaf;
	ring &uring;

	~drain()
	{
		try {
			leaf.hold(false);
			uring.poll(1);
		} catch (const std::exception &error) {
			std::fprintf(stderr, "# %s\n", error.what());
		}
	}
};

// Operations one after the other, with two passes each: one in vain, one that
// finds all.
void check_passes(const leaf_module &leaf, const test_device &device, io_job &job)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	ring uring({.entries = 4});

	uring.use_file(file.get());
	for (auto &op : job.ops) {
		leaf.hold(true);
		uring.prepare(op);
		uring.submit();
		{
			drain guard{leaf, uring};
			check_pass(leaf, uring);
			leaf.hold(false);
			check_pass(leaf, uring);
		}
		check_equal("completions after the pass", uring.visible(), 1U);
		uring.reap();
	}
}

void exercise_passes(env &e, const leaf_module &leaf, const test_device &device,
		     const io_shape &shape)
{
	for (auto dir : {direction::read, direction::write}) {
		auto job = make_job(shape, rows(leaf, 8, leaf_row(leaf) / 2));
		auto data_seed = e.random();

		for (auto &op : job.ops)
			op.dir = dir;
		describe_place(e, device, shape);
		seed_job(device, job, data_seed);
		check_passes(leaf, device, job);
		check_results(job, poll_mode::poll);
		check_job(device, job, data_seed);
	}
}

constexpr leaf_options few_disks{.devices = 4, .poll_queues = 2, .irq_queues = 2};

test_device make_high(env &e, const leaf_module &leaf, unsigned levels)
{
	if (levels == 1)
		return make_interleaved(e, leaf);
	return stack_linear(e, make_high(e, leaf, levels - 1), 4 * leaf_part);
}

void exercise_level(env &e, unsigned block_size, unsigned levels)
{
	auto leaf = load_leaf(e, few_disks);
	auto device = make_high(e, leaf, levels);

	check_polls(device);
	exercise_passes(e, leaf, device, {.block_size = block_size, .count = 8, .depth = 1});
}

// Unsplit: one hw queue of one disk.
void exact(env &e)
{
	exercise_level(e, part_bytes, 1);
	exercise_level(e, part_bytes, 6);
}

// A part on each disk.
void set(env &e)
{
	exercise_level(e, 4 * part_bytes, 1);
	exercise_level(e, 4 * part_bytes, 6);
}

// Two partitions are two devices of the table, with one queue between them.
void partitions(env &e)
{
	constexpr std::uint64_t length = leaf_part;
	auto leaf = load_leaf(e, {.devices = 2, .poll_queues = 2});
	const auto *first = &leaf.disk(0), *second = &leaf.disk(1);
	kernel_partition one({first, 2048, 2048}, 1), two({first, 4096, 2048}, 2);
	auto device = make_dm(e,
			      {{0, length, "linear", one.path() + " 0"},
			       {length, length, "linear", two.path() + " 0"},
			       {2 * length, length, "linear", second->path + " 0"}},
			      {{0, length, first, 2048},
			       {length, length, first, 4096},
			       {2 * length, length, second, 0}});
	auto job = make_job({.block_size = 3 * part_bytes, .count = 1}, {0});

	describe_place(e, device, job.shape);
	seed_job(device, job, 1);
	check_passes(leaf, device, job);
	check_job(device, job, 1);
}

// Two programs on two CPUs: each polls the hw queues of its own CPU only.
void own_cpu(env &e)
{
	need_two_cpus();
	auto leaf = load_leaf(e, few_disks, access::sync);
	auto device = make_interleaved(e, leaf);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto read_on = [&](unsigned cpu) {
		for (unsigned size : {part_bytes, leaf_row(leaf)}) {
			auto job =
				make_job({.how = access::sync, .block_size = size}, rows(leaf, 16));

			bind_to_cpu(cpu);
			run_sync(file.get(), job);
			check_results(job, poll_mode::poll);
		}
	};

	describe_place(e, device, {.how = access::sync});
	child_process one("a reader on CPU 0", [&] { read_on(0); });
	child_process two("a reader on CPU 1", [&] { read_on(1); });
	one.finish(5s);
	two.finish(5s);
	for (const auto &queues : all_queues(leaf))
		for (const auto &queue : queues)
			if (queue.polled)
				check_equal(fmt::format("number of CPUs ({}) that polled hctx {}",
							queue.cpus, queue.hctx),
					    queue.cpus.size(), std::size_t{1});
}

// Limited plugging issues the request before when the next one comes: that is
// an unpolled one here, for another hw queue. The cookie must not be its.
void plugged(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1, .poll_queues = 2});
	auto other = make_linear(e, {{&leaf.disk(0), 2048, 2048}});
	auto device = make_linear(e, {{&leaf.disk(0), 8192, 2048}});
	queue_setting io_poll(other.kernel_name, "io_poll");
	auto first = open_file(other.path, O_RDWR | O_DIRECT);
	auto second = open_file(device.path, O_RDWR | O_DIRECT);
	auto job = make_job({.count = 2}, {0, 65536});
	ring uring({.entries = 4});

	io_poll.set("0");
	describe_place(e, device, job.shape);
	uring.use_file(first.get());
	uring.prepare(job.ops[0]);
	uring.use_file(second.get());
	uring.prepare(job.ops[1]);
	uring.submit();
	await_waiting(leaf, 0, 1);
	stopwatch watch;
	while (!(job.ops[0].result && job.ops[1].result) && watch.elapsed() < 1s) {
		uring.poll(0);
		uring.reap();
	}
	check_results(job, poll_mode::poll);
}

// A bio that a scheduler would merge into a request of another CPU, on another
// hw queue: a polled one is not merged, and is found with its own cookie.
void merged(env &e)
{
	need_two_cpus();
	auto leaf = load_leaf(e, {.devices = 1, .poll_queues = 2, .depth = 2});
	auto device = make_linear(e, {{&leaf.disk(0), 2048, 2048}});
	queue_setting scheduler(leaf.disk(0).kernel_name, "scheduler");
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto job = make_job({.count = 5}, {65536, 131072, 196608, 0, part_bytes});
	ring others({.entries = 4}), uring({.entries = 4});

	scheduler.set("mq-deadline");
	describe_place(e, device, job.shape);
	seed_job(device, job, 1);
	leaf.hold(true);
	for (auto *each : {&others, &uring})
		each->use_file(file.get());
	bind_to_cpu(0);
	// two take the tags, one has left the scheduler and waits, one is in it
	for (auto at : {0, 1, 2, 3}) {
		others.prepare(job.ops[at]);
		others.submit();
		std::this_thread::sleep_for(50ms);
	}
	bind_to_cpu(1);
	uring.prepare(job.ops[4]);
	uring.submit();
	leaf.hold(false);
	stopwatch watch;
	while (!uring.visible() && watch.elapsed() < 1s)
		uring.poll(0);
	check_equal("completions found with the bio's own cookie", uring.visible(), 1U);
	uring.reap();
	for (std::size_t reaped = 0; reaped < 4 && watch.elapsed() < 2s;) {
		others.poll(0);
		reaped += others.reap().size();
	}
	check_equal("requests left", leaf.waiting(0), 0U);
	check_job(device, job, 1);
}

// The last part is refused when it is issued, the first one waits for polls.
void last_refused(env &e, access how)
{
	auto leaf = load_leaf(e, {.devices = 2, .poll_queues = 2}, how);
	auto device = make_interleaved(e, leaf);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto job = make_job({.how = how, .block_size = leaf_row(leaf), .count = 1}, {0});

	describe_place(e, device, job.shape);
	leaf.command(1, fmt::format("reject {} 0 {} 0", EIO, 1 << 20));
	child_process reader("a read whose last part is refused", [&] {
		run_io(file.get(), job);
		check_equal("result", job.ops[0].result.value_or(0), -EIO);
	});
	reader.finish(1s);
	check_equal("requests left", leaf.waiting(0), 0U);
}

// A disk has fewer tags than the read has parts: the first ones wait for polls, the
// last one finds no tag, and is refused.
void last_refused_raw(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1, .poll_queues = 1, .depth = 2, .max_sectors = 8});
	auto device = make_raw_leaf(leaf);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	// away from what probes read: where the page cache has it, a worker submits
	auto job = make_job({.block_size = 16384, .count = 1}, {(9 << 20) + 81920});

	describe_place(e, device, job.shape);
	child_process reader("a read whose last part finds no tag", [&] {
		run_async(file.get(), job, {});
		check_results(job, poll_mode::poll);
	});
	reader.finish(1s);
	check_equal("requests left", leaf.waiting(0), 0U);
}

// Parts, and whole bios, that are complete before their submission is.
void instant(env &e)
{
	auto leaf = load_leaf(e, few_disks, access::sync);
	auto device = make_interleaved(e, leaf);

	for (std::size_t disks : {1, 3, 4}) {
		for (std::size_t at = 0; at < disks; at++)
			leaf.command(at, "instant 1");
		for (auto how : {access::async, access::sync})
			for (unsigned size : {part_bytes, leaf_row(leaf)}) {
				auto file = open_file(device.path, O_RDWR | O_DIRECT);
				auto job = make_job({.how = how, .block_size = size, .depth = 4},
						    rows(leaf, 16));

				describe_place(e, device, job.shape);
				seed_job(device, job, 1);
				run_io(file.get(), job);
				check_results(job, poll_mode::poll);
				check_job(device, job, 1);
			}
	}
}

// Of many operations on many disks the last one is ready: a pass goes by their
// hw queues' names, and finds it.
void many_in_ring(env &e)
{
	auto leaf = load_leaf(e, few_disks);
	auto device = make_interleaved(e, leaf);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	std::vector<std::uint64_t> offsets;

	for (unsigned part = 0; part < 16; part++)
		offsets.push_back(std::uint64_t{part} * part_bytes);
	auto job = make_job({.count = 16, .depth = 16}, offsets);
	ring uring({.entries = 16});

	describe_place(e, device, job.shape);
	leaf.hold(true);
	uring.use_file(file.get());
	for (auto &op : job.ops)
		uring.prepare(op);
	uring.submit();
	for (std::size_t disk = leaf.disks().size(); disk--;) {
		await_waiting(leaf, disk, 4);
		leaf.command(disk, "hold 0");
		uring.reap(); // with completions to be seen, nothing is polled
		uring.poll(0);
		check_equal(fmt::format("requests at {} after a pass", leaf.disk(disk).path),
			    leaf.waiting(disk), 0U);
	}
	for (unsigned pass = 0; pass < 16; pass++) {
		uring.reap();
		uring.poll(0);
	}
	check_results(job, poll_mode::poll);
}

// All of a bio is put off: its submitter sleeps, for there is nothing to poll.
void put_off(env &e)
{
	auto leaf = load_leaf(e, {}, access::sync);
	auto device = make_interleaved(e, leaf);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto job = make_job({.how = access::sync, .count = 1}, {0});
	suspended_section section(device.stack.top());

	describe_place(e, device, job.shape);
	child_process reader("a polled read of a suspended device", [&] {
		struct rusage used;

		run_sync(file.get(), job);
		check_results(job, poll_mode::poll);
		check_errno(::getrusage(RUSAGE_SELF, &used), "getrusage");
		check_at_most("CPU time of the read, us", used.ru_stime.tv_usec, 300'000L);
	});
	check_equal("end of the read while suspended", reader.ended_within(600ms), false);
	section.end();
	reader.finish(1s);
}

// One direct IO is many bios, on one disk or two each; the cookie of the last
// one does not name the disks of the others.
void file_on(env &e, const filesystem_type &type)
{
	constexpr std::uint64_t stripe = 1 << 11; // sectors: as many as a bio has
	constexpr std::uint64_t size = 16 << 20;
	auto leaf =
		load_leaf(e, {.devices = 4, .poll_queues = 2, .timeout_ms = 5000}, access::sync);
	std::vector<disk_range> ranges;

	for (std::uint64_t round = 1; round <= 16; round++)
		for (const auto &disk : leaf.disks())
			ranges.push_back({&disk, round * stripe, stripe});
	auto device = make_linear(e, ranges);
	need_filesystem(type);
	auto where = make_filesystem(type, device);
	auto file = make_file(where, size);

	for (auto dir : {direction::read, direction::write}) {
		auto job = make_file_job({.size = size,
					  .shape = {.dir = dir,
						    .how = access::sync,
						    .block_size = 4 << 20,
						    .count = 4}});

		describe_place(e, device, job.shape);
		seed_file(file.get(), job, 1);
		child_process child("polled IO to a file", [&] {
			run_sync(file.get(), job);
			check_results(job, poll_mode::poll);
			check_file(file.get(), job, 1);
		});
		child.finish(4s);
	}
}

void file_on_ext4(env &e)
{
	file_on(e, ext4_type());
}

void file_on_ext2(env &e)
{
	file_on(e, ext2_type());
}

} // namespace

static std::vector<test_case> cookie_tests()
{
	return {
		without_net({"cookie.exact", "a pass for an unsplit IO polls one hw queue once",
			     exact, false, 60}),
		without_net({"cookie.set",
			     "a pass for a split IO polls each hw queue it went to once", set,
			     false, 60}),
		{"cookie.partitions", "a pass polls the queue of two partitions once", partitions},
		{"cookie.own-cpu", "no hw queue is polled by a CPU that sent nothing to it",
		 own_cpu},
		without_net({"cookie.plugged", "polled IO behind unpolled IO in a plug", plugged}),
		without_net({"cookie.merged", "a scheduler does not merge IO of two CPUs", merged}),
		without_net({"cookie.last-refused-async",
			     "the last part fails at once, the first waits",
			     call<last_refused, access::async>}),
		without_net({"cookie.last-refused-sync", "the same for a preadv2",
			     call<last_refused, access::sync>}),
		{"cookie.last-refused-raw", "the same on a disk itself, for want of a tag",
		 last_refused_raw},
		{"cookie.instant", "IO that is complete before its submission is", instant, false,
		 60},
		without_net({"cookie.many-in-ring", "the last of many operations is ready first",
			     many_in_ring}),
		{"cookie.file-ext4", "a file's direct IO on four disks: fs/iomap", file_on_ext4,
		 false, 60},
		{"cookie.file-ext2", "the same with fs/direct-io.c", file_on_ext2, false, 60},
		{"cookie.put-off", "a polled read of a suspended device sleeps", put_off},
	};
}

static const test_group group{cookie_tests};

} // namespace dmpoll
