// SPDX-License-Identifier: GPL-2.0
// RWF_NOWAIT that was asked for never sleeps, nor does submission to a ring.
#include <cerrno>
#include <functional>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crypt_table.hpp"
#include "file.hpp"
#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/queue_stats.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "nowait.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto at_once = 300ms; // with a child's start, on a busy machine
constexpr auto pause = 500ms;   // for which what is not refused would sleep

constexpr leaf_options leaf_without_poll_queues{.devices = 1, .poll_queues = 0};

std::string flags_text(int flags)
{
	return flags & RWF_HIPRI ? "RWF_NOWAIT | RWF_HIPRI" : "RWF_NOWAIT";
}

// One preadv2 or pwritev2; its errno, 0 for success.
int transfer(int file, direction dir, int flags)
{
	aligned_buffer memory(4096);
	struct iovec vector = {memory.all().data(), memory.all().size()};
	auto done = dir == direction::read ? ::preadv2(file, &vector, 1, 0, flags)
					   : ::pwritev2(file, &vector, 1, 0, flags);

	return done < 0 ? errno : 0;
}

void check_refused(const std::string &what, int file, direction dir, int flags)
{
	stopwatch watch;
	int err = transfer(file, dir, flags);

	check_at_most("milliseconds of " + what, watch.elapsed().count(), patient(at_once).count());
	check_equal("errno of " + what, errno_name(err), errno_name(EAGAIN));
}

struct asking {
	std::vector<int> flags = {RWF_NOWAIT, RWF_NOWAIT | RWF_HIPRI};
	// Ends what the IO must not wait for: called when it does wait.
	std::function<void()> let_go;
};

// All are refused at once, each in a process that may hang.
void refuse_all(const test_device &device, const asking &asking)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	for (auto dir : {direction::read, direction::write})
		for (int flags : asking.flags) {
			auto what = fmt::format("a {} with {}", to_string(dir), flags_text(flags));
			child_process child(what,
					    [&] { check_refused(what, file.get(), dir, flags); });

			if (!child.ended_within(at_once + 1s)) {
				asking.let_go();
				throw mismatch{"end of " + what + " to " + device.path, "it sleeps",
					       "EAGAIN at once"};
			}
			child.finish(0ms);
		}
}

void suspended(env &e, test_device device)
{
	describe_place(e, device, {.how = access::sync, .count = 1});
	for (bool noflush : {true, false}) {
		suspended_section section(device.stack.top(), {.noflush = noflush});

		refuse_all(device, {.let_go = [&] { section.end(); }});
	}
}

void suspended_linear(env &e)
{
	suspended(e, make_plain_linear(e));
}

void suspended_stripe(env &e)
{
	suspended(e, make_stripe(e));
}

test_device make_over_leaf(env &e, const leaf_module &leaf)
{
	return make_linear(e, {{&leaf.disk(0), 8, 64 << 11}});
}

void suspended_leaf(env &e)
{
	auto leaf = load_leaf(e, leaf_without_poll_queues);

	suspended(e, make_over_leaf(e, leaf));
}

// All tags are taken by IO that is held.
void no_tags(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1, .depth = 2}, access::sync);
	auto device = make_over_leaf(e, leaf);

	leaf.hold(true);
	idle_submitter submitter(e, device, {.count = 2, .depth = 2});
	refuse_all(device,
		   {.flags = {RWF_NOWAIT | RWF_HIPRI}, .let_go = [&] { leaf.hold(false); }});
	leaf.hold(false);
	submitter.poll(10s);
	submitter.finish();
}

// The queue below freezes, and waits for IO that is held.
void frozen(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1}, access::sync);
	auto device = make_over_leaf(e, leaf);

	leaf.hold(true);
	idle_submitter submitter(e, device, {.count = 2, .depth = 2});
	child_process freezer("a change of nr_requests", [&] {
		queue_setting(leaf.disk(0).kernel_name, "nr_requests").set("32");
	});
	check_equal("a freeze waits while IO is held", freezer.waits_within(5s), true);
	refuse_all(device, {.let_go = [&] { leaf.hold(false); }});
	leaf.hold(false);
	submitter.poll(10s);
	submitter.finish();
	freezer.finish(10s);
}

struct inline_state {
	std::atomic<bool> submitted{false};
};

// Submission returns at once; the IO ends after resume, and well.
void submit_suspended(env &e, test_device &device, const io_shape &shape)
{
	shared_memory<inline_state> shared;
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device, shape, data_seed);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	std::optional<child_process> child; // may go only after the device is resumed
	suspended_section section(device.stack.top());
	auto submitted = [&](ring &, std::uint64_t) { shared->submitted = true; };

	child.emplace("a submitter to a suspended device", [&] {
		run_async(file.get(), job, {.before_polling = submitted});
		check_results(job, poll_mode::irq);
		check_job(device, job, data_seed);
	});
	await(shared->submitted, "submission to a suspended device", 5s); // else resume
	std::this_thread::sleep_for(pause);
	section.end();
	child->finish(10s);
}

void submit_all_suspended(env &e, test_device device)
{
	for (bool polled : {true, false})
		for (auto dir : {direction::read, direction::write})
			submit_suspended(e, device,
					 {.dir = dir, .count = 4, .depth = 4, .polled = polled});
}

void inline_linear(env &e)
{
	submit_all_suspended(e, make_plain_linear(e));
}

void inline_stripe(env &e)
{
	submit_all_suspended(e, make_stripe(e));
}

void inline_leaf(env &e)
{
	auto leaf = load_leaf(e, leaf_without_poll_queues);

	submit_all_suspended(e, make_over_leaf(e, leaf));
}

// How long the one request takes for which the disk has a tag.
void set_latency(std::chrono::microseconds latency)
{
	write_text("/sys/module/dm_iopoll_leaf/parameters/latency_us",
		   std::to_string(latency.count()));
}

// Submits to a disk, without polled hw queues, that has no tag left, and, with
// @freeze, waits for what has it.
void submit_occupied(env &e, bool freeze)
{
	auto options = leaf_without_poll_queues;
	options.depth = 1;
	auto leaf = load_leaf(e, options);
	auto device = make_over_leaf(e, leaf);
	auto job = make_seeded_job(e, device, {.count = 2, .depth = 2}, 1);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	std::optional<child_process> freezer;

	set_latency(2s);
	child_process occupier("a plain read of a slow disk",
			       [&] { transfer(file.get(), direction::read, 0); });
	for (stopwatch started; !read_inflight(leaf.disk(0).kernel_name) && started.elapsed() < 1s;)
		std::this_thread::sleep_for(1ms);
	check_at_least<std::uint64_t>("requests at the slow disk",
				      read_inflight(leaf.disk(0).kernel_name), 1);
	if (freeze)
		freezer.emplace("a change of the scheduler", [&] {
			queue_setting(leaf.disk(0).kernel_name, "scheduler").set("mq-deadline");
		});
	std::this_thread::sleep_for(100ms);
	set_latency(0us);
	stopwatch watch;
	run_async(file.get(), job, {.before_polling = [&](ring &, std::uint64_t) {
			  check_time(e, "submission to a disk that has no tag left", watch,
				     at_once);
		  }});
	check_results(job, poll_mode::irq);
	check_job(device, job, 1);
	if (freezer)
		freezer->finish(5s);
}

// What lies beyond the end of a file needs no IO, and nothing to wait for.
void read_across_end(env &e)
{
	auto device = make_plain_linear(e);
	io_shape shape{.block_size = 64 << 10, .depth = 1};
	constexpr unsigned left = 4096;

	need_filesystem(ext4_type());
	auto where = make_filesystem(ext4_type(), device);
	auto file = make_file(where, shape.block_size);
	auto job = make_job(shape, {shape.block_size - left});

	check_errno(::ftruncate(file.get(), shape.block_size), "cut " + where.path());

	describe_place(e, device, shape);
	job.ops[0].nowait = true;
	run_async(file.get(), job, {});
	check_equal("result of a read with RWF_NOWAIT across the end of a file",
		    result_text(job.ops[0].result), result_text(left));
}

// Of synchronous IO the file system takes RWF_NOWAIT for itself: the device need
// not be able to do without waiting. RWF_HIPRI changes nothing about that.
void file_on_crypt(env &e)
{
	need_crypt();
	need_filesystem(ext4_type());
	auto range = random_range(e, 0, region_sectors);
	auto device =
		make_dm(e, crypt_table(range), {{0, region_sectors, range.disk, range.start}});
	auto where = make_filesystem(ext4_type(), device);
	auto file = make_file(where, 1 << 20);

	for (auto dir : {direction::read, direction::write})
		check_equal(fmt::format("errno of a {} of a file with RWF_NOWAIT | RWF_HIPRI, "
					"as with RWF_NOWAIT",
					to_string(dir)),
			    errno_name(transfer(file.get(), dir, RWF_NOWAIT | RWF_HIPRI)),
			    errno_name(transfer(file.get(), dir, RWF_NOWAIT)));
}

} // namespace

std::vector<test_case> nowait_asked_tests()
{
	return {
		{"nowait.asked-suspended", "RWF_NOWAIT to a suspended device is refused at once",
		 suspended_linear},
		{"nowait.asked-suspended-stripe", "the same of a stripe", suspended_stripe},
		{"nowait.asked-suspended-leaf", "the same over a disk without polled hw queues",
		 suspended_leaf},
		{"nowait.asked-no-tags", "RWF_NOWAIT while all tags are taken is refused at once",
		 no_tags},
		{"nowait.asked-frozen",
		 "RWF_NOWAIT while the queue below freezes is refused at once", frozen},
		{"nowait.asked-end-of-file", "RWF_NOWAIT across the end of a file is not refused",
		 read_across_end},
		{"nowait.asked-file-crypt",
		 "RWF_NOWAIT to a file on a device that cannot do without waiting", file_on_crypt},
		{"nowait.inline-suspended",
		 "submission to a ring never sleeps for a suspended device, whose IO ends later",
		 inline_linear},
		{"nowait.inline-suspended-stripe", "the same of a stripe", inline_stripe},
		{"nowait.inline-suspended-leaf", "the same over a disk without polled hw queues",
		 inline_leaf},
		{"nowait.inline-no-tags",
		 "submission to a ring never sleeps for a tag; a disk without polled hw queues",
		 call<submit_occupied, false>},
		{"nowait.inline-frozen", "nor for a frozen queue", call<submit_occupied, true>},
	};
}

} // namespace dmpoll
