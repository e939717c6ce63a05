// SPDX-License-Identifier: GPL-2.0
// EAGAIN reaches a program only if it asked for it with RWF_NOWAIT. The rule is
// crossed with how an IO is split, what makes the kernel refuse it when it is
// first sent, who submits it and who completes it.
#include "nowait.hpp"

#include <functional>
#include <future>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "file.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"
#include "submitter.hpp"
#include "trouble.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto work_time = 300ms; // of each submitter
constexpr unsigned submitters = 2;

void work(const std::function<void()> &round)
{
	stopwatch watch;

	do
		round();
	while (watch.elapsed() < patient(work_time));
}

// Splits of an IO
// ---------------

// dm-linear of segments of 4 KiB, from two disks by turns.
test_device make_seams(env &e, bool)
{
	constexpr std::uint64_t segment = 8, rounds = 1024;
	std::vector<disk_range> all;

	e.need_disks(2);
	auto first = random_range(e, 0, segment * rounds);
	auto second = random_range(e, 1, segment * rounds);
	for (std::uint64_t at = 0; at < first.length; at += segment) {
		all.push_back({first.disk, first.start + at, segment});
		all.push_back({second.disk, second.start + at, segment});
	}
	return make_linear(e, all);
}

struct split_kind {
	std::string name, what;
	std::function<test_device(env &, bool polled)> make;
	unsigned block_size, count, depth;
};

const std::vector<split_kind> &split_kinds()
{
	static const std::vector<split_kind> kinds = {
		{"stripe", "64 KiB over a stripe's chunks of 4 KiB",
		 [](env &e, bool polled) { return make_stripe(e, {.chunk = 8, .polled = polled}); },
		 65536, 64, 32},
		{"seams", "64 KiB over segments of 4 KiB", make_seams, 65536, 32, 16},
		{"giant", "IO of 2 MiB, which is many bios",
		 [](env &e, bool) { return make_plain_linear(e); }, 2 << 20, 8, 4},
	};

	return kinds;
}

// Who submits
// -----------

void forget_results(io_job &job)
{
	for (auto &op : job.ops) {
		op.result = {};
		if (op.dir == direction::read)
			std::fill(op.buffer.begin(), op.buffer.end(), std::byte{0});
	}
}

// The IO of one submitter, and what it must find.
struct assignment {
	const test_device &device;
	io_job job;
	std::uint64_t data_seed;
};

void check_round(assignment &mine)
{
	check_results(mine.job, poll_mode::poll); // no EAGAIN, that is
	if (mine.job.shape.dir == direction::read)
		check_job(mine.device, mine.job, mine.data_seed);
}

// The same IO again and again, each with @run.
void work_on(assignment &mine, const std::function<void(int file)> &run)
{
	auto file = open_file(mine.device.path, O_RDWR | O_DIRECT);

	work([&] {
		forget_results(mine.job);
		run(file.get());
		check_round(mine);
	});
	if (mine.job.shape.dir == direction::write)
		check_job(mine.device, mine.job, mine.data_seed);
}

void work_alone(assignment &mine)
{
	work_on(mine, [&](int file) { run_io(file, mine.job, {.limit = 10s}); });
}

// A ring that a child inherited: the child waits for completions, or polls for
// them, and the parent takes them.
void work_with_reaper(assignment &mine)
{
	struct state {
		std::atomic<bool> end{false};
	};
	shared_memory<state> shared;
	ring uring({.entries = mine.job.shape.depth, .iopoll = mine.job.shape.polled});
	child_process reaper("a child that reaps", [&] {
		while (!shared->end) {
			uring.poll(0);
			std::this_thread::yield();
		}
	});

	work_on(mine, [&](int file) {
		stopwatch watch;

		uring.use_file(file);
		for (std::size_t at = 0; at < mine.job.ops.size();) {
			std::size_t batch = 0;

			for (; batch < mine.job.shape.depth && at < mine.job.ops.size(); batch++)
				uring.prepare(mine.job.ops[at++]);
			uring.submit();
			while (batch) {
				std::this_thread::sleep_for(1ms);
				batch -= uring.reap().size();
				check_at_most("milliseconds until all was reaped",
					      watch.elapsed().count(), patient(10000L));
			}
		}
	});
	shared->end = true;
	reaper.finish(5s);
}

std::vector<assignment> share_out(env &e, const test_device &device, const io_shape &shape,
				  unsigned shares)
{
	auto all = make_job(e, device, shape);
	std::vector<std::vector<std::uint64_t>> offsets(shares);
	std::vector<assignment> found;

	describe_place(e, device, shape);
	for (std::size_t at = 0; at < all.ops.size(); at++)
		offsets[at % shares].push_back(all.ops[at].offset);
	for (const auto &mine : offsets) {
		found.push_back({device, make_job(shape, mine), e.random()});
		seed_job(device, found.back().job, found.back().data_seed);
	}
	return found;
}

void as_processes(std::vector<assignment> &all, trouble &trouble)
{
	bodies each;

	for (auto &mine : all)
		each.push_back([&] { work_alone(mine); });
	run_bodies(each, trouble);
}

void as_threads(std::vector<assignment> &all, trouble &trouble)
{
	run_bodies({[&] {
			   std::vector<std::future<void>> threads;

			   for (auto &mine : all)
				   threads.push_back(std::async(std::launch::async,
								[&] { work_alone(mine); }));
			   for (auto &thread : threads)
				   thread.get();
		   }},
		   trouble);
}

void with_reaper(std::vector<assignment> &all, trouble &trouble)
{
	bodies each;

	for (auto &mine : all)
		each.push_back([&] { work_with_reaper(mine); });
	run_bodies(each, trouble);
}

using submit_way = void (*)(std::vector<assignment> &, trouble &);

struct plan {
	const split_kind *split;
	const trouble_kind *trouble;
	submit_way submit = as_processes;
	io_shape shape = {}; // but for size, count and depth
};

void run_plan(env &e, const plan &plan)
{
	if (plan.shape.polled)
		need_polling(e, plan.shape.how);
	auto device = plan.split->make(e, plan.shape.polled);
	auto shape = plan.shape;

	shape.block_size = plan.split->block_size;
	shape.count = plan.split->count;
	shape.depth = plan.split->depth / submitters;
	for (auto dir : {direction::read, direction::write}) {
		shape.dir = dir;
		auto all = share_out(e, device, shape, submitters);
		auto trouble = plan.trouble->make(e, device);

		plan.submit(all, trouble);
	}
}

test_case make_case(const std::string &name, const std::string &what, const plan &plan)
{
	return {.name = "nowait." + name + (plan.shape.polled ? "-polled" : ""),
		.what = what + (plan.shape.polled ? ", polled" : ", not polled"),
		.run = [=](env &e) { run_plan(e, plan); },
		.limit = long_limit,
		.net = plan.trouble->rescues ? net_role::needed : net_role::idle};
}

// Files
// -----

constexpr std::uint64_t file_size = 4 << 20;

struct file_kind {
	const filesystem_type &type;
	// else writes go into space that was only allocated: the file system ends
	// them in a worker of its own
	bool in_place = false;
};

void write_file(int file, const file_kind &kind, const io_shape &shape, std::uint64_t data_seed)
{
	auto job = make_file_job({.size = file_size, .shape = shape});

	work([&] {
		if (!kind.in_place) {
			check_errno(::ftruncate(file, 0), "empty a file");
			check_errno(::fallocate(file, 0, 0, file_size),
				    "allocate space for a file");
		}
		seed_file(file, job, ++data_seed);
		forget_results(job);
		run_async(file, job, {.limit = 10s});
		check_results(job, poll_mode::poll);
		check_file(file, job, data_seed);
	});
}

void write_files(env &e, const file_kind &kind, bool polled)
{
	if (polled)
		need_polling(e);
	need_filesystem(kind.type);
	auto device = make_stripe(e, {.chunk = 8, .polled = polled});
	auto place = make_filesystem(kind.type, device);
	auto trouble = few_tags_trouble().make(e, device);
	io_shape shape{.dir = direction::write,
		       .block_size = 65536,
		       .count = 32,
		       .depth = 16,
		       .polled = polled};
	std::vector<unique_fd> files;
	bodies each;

	describe_place(e, device, shape);
	for (const auto *name : {"one", "two"})
		files.push_back(make_file(place, kind.in_place ? file_size : 4096, name));
	for (auto &file : files)
		each.push_back(
			[&, seed = e.random()] { write_file(file.get(), kind, shape, seed); });
	run_bodies(each, trouble);
}

test_case make_file_case(const file_kind &kind, bool polled)
{
	return {.name = "nowait." + kind.type.name + (polled ? "-polled" : ""),
		.what = "writes to files on " + kind.type.name +
			", over a stripe, disks with 4 tags" +
			(polled ? ", polled" : ", not polled"),
		.run = [kind, polled](env &e) { write_files(e, kind, polled); },
		.limit = long_limit};
}

// A leg of a stripe that had no tag has not failed.
void stripe_status(env &e)
{
	auto device = make_stripe(e, {.chunk = 8, .polled = false});
	io_shape shape{.block_size = 65536, .count = 64, .depth = 16, .polled = false};

	{
		auto all = share_out(e, device, shape, submitters);
		auto trouble = few_tags_trouble().make(e, device);

		as_processes(all, trouble);
	}
	auto status = device.stack.top().status();
	check_equal("legs of the stripe, alive or dead", status.substr(status.rfind(' ') + 1),
		    std::string("AA"));
}

// Reads across extents have several bios, of which none may wait for one before it, for which
// nobody polls until all are sent. Nor may they wait for the reads of one bio among them.
void read_extents(env &e, const trouble_kind &kind)
{
	need_polling(e);
	need_filesystem(ext4_type());
	auto device = make_plain_linear(e);
	auto place = make_filesystem(ext4_type(), device);
	auto file = make_fragmented_file(place, file_size);
	io_shape shape{.block_size = 131072, .count = 32, .depth = 8}; // two extents
	auto job = make_file_job({.size = file_size, .shape = shape});
	auto data_seed = e.random();
	for (std::size_t at = 0; at < job.ops.size(); at++)
		if (at % 4)
			job.ops[at].buffer = job.ops[at].buffer.first(4096);
	auto trouble = kind.make(e, device);

	describe_place(e, device, shape);
	seed_file(file.get(), job, data_seed);
	auto round = [&] {
		forget_results(job);
		run_async(file.get(), job, {.limit = 10s});
		check_results(job, poll_mode::poll);
		check_file(file.get(), job, data_seed);
	};
	run_bodies({[&] { work(round); }}, trouble);
}

test_case make_extents_case(const trouble_kind &kind)
{
	return {.name = "nowait.extents-" + kind.name + "-polled",
		.what = "reads of a file within and across extents, " + kind.what + ", polled",
		.run = [&kind](env &e) { read_extents(e, kind); },
		.limit = long_limit,
		.net = kind.rescues ? net_role::needed : net_role::idle};
}

struct submitter_kind {
	std::string name, what;
	submit_way submit;
	io_shape shape;
};

const std::vector<submitter_kind> &submitter_kinds()
{
	static const std::vector<submitter_kind> kinds = {
		{"threads", "threads with a ring each", as_threads, {}},
		{"reaper", "a ring whose completions a forked child waits for", with_reaper, {}},
		{"worker", "IO that a worker of the ring submits", as_processes, {.worker = true}},
		{"sqpoll", "IO that a kernel thread submits", as_processes, {.sq_thread = true}},
		{"fixed", "IO to registered buffers", as_processes, {.fixed_buffers = true}},
		{"vectored",
		 "vectored IO, whose iovec is gone then",
		 as_processes,
		 {.vectored = true}},
		{"provided",
		 "IO to buffers that the kernel chooses",
		 as_processes,
		 {.provided = true}},
		{"sync", "preadv2 and pwritev2", as_processes, {.how = access::sync}},
	};

	return kinds;
}

} // namespace

static std::vector<test_case> nowait_tests()
{
	std::vector<test_case> all;
	const auto &stripe = split_kinds()[0];
	const auto &tags = few_tags_trouble();

	for (bool polled : {false, true}) {
		for (const auto &split : split_kinds())
			for (const auto *trouble :
			     {&few_tags_trouble(), &suspend_trouble(), &freeze_trouble(),
			      &scheduler_trouble(), &reset_trouble()})
				all.push_back(make_case(
					split.name + "-" + trouble->name,
					split.what + ", " + trouble->what,
					{&split, trouble, as_processes, {.polled = polled}}));
		for (const auto &who : submitter_kinds()) {
			plan asked{&stripe, &tags, who.submit, who.shape};

			asked.shape.polled = polled;
			all.push_back(
				make_case(who.name, who.what + ", over a stripe, few tags", asked));
		}
		for (const auto *type : {&ext4_type(), &xfs_type()})
			all.push_back(make_file_case({*type}, polled));
	}
	// whose files cannot be polled for
	all.push_back(make_file_case({ext2_type(), true}, false));
	all.push_back({.name = "nowait.stripe-status",
		       .what = "a stripe over disks with few tags, whose legs have not failed",
		       .run = stripe_status,
		       .limit = long_limit});
	all.push_back(make_case(
		"worker-" + freeze_trouble().name,
		"IO that a worker of the ring submits, over a stripe, " + freeze_trouble().what,
		{&stripe, &freeze_trouble(), as_processes, {.polled = true, .worker = true}}));
	for (const auto *kind : {&few_tags_trouble(), &freeze_trouble()})
		all.push_back(make_extents_case(*kind));
	for (auto &test : nowait_asked_tests())
		all.push_back(std::move(test));
	return all;
}

static const test_group group{nowait_tests};

} // namespace dmpoll
