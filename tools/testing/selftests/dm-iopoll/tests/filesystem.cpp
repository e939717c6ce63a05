// SPDX-License-Identifier: GPL-2.0
// Polled direct IO to files: a file system makes many bios of one IO, and keeps
// one cookie.
#include "file.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// The two files of make_fragmented_file() cross the border of two disks.
constexpr std::uint64_t file_size = 20ULL << 20; // bytes

void describe(env &e, const test_device &device, const io_shape &shape)
{
	describe_place(e, device, shape);
	e.shape += ", of a file of many extents";
	e.where += ", of a file of many extents";
}

// In a process of its own each time: a stall shows within 3 s.
void exercise_file(env &e, const test_device &device, int file, const io_shape &shape)
{
	auto job = make_file_job({.size = file_size, .shape = shape});
	auto data_seed = e.random();

	describe(e, device, shape);
	seed_file(file, job, data_seed);
	proof_window window(device);
	stopwatch watch;
	child_process child("polled IO to a file", [&] {
		run_io(file, job, {.limit = 60s});
		check_results(job, poll_mode::poll);
		check_file(file, job, data_seed);
	});
	child.finish(10s);
	check_time(e, e.shape, watch, 10s);
	prove_mode(e, window.elapsed(), poll_mode::poll, {.may_interrupt = true});
}

void exercise_type(env &e, const filesystem_type &type, access how)
{
	need_polling(e, how);
	auto device = make_concat(e);

	check_polls(device);
	need_filesystem(type);
	auto where = make_filesystem(type, device);
	auto file = make_fragmented_file(where, file_size);

	for (auto dir : {direction::read, direction::write})
		for (unsigned size : {4096U, 65536U, 1U << 20, 4U << 20})
			exercise_file(e, device, file.get(),
				      {.dir = dir,
				       .how = how,
				       .block_size = size,
				       .count = size > 1 << 20 ? 4U : 8U,
				       .depth = 2});
}

void ext4_async(env &e)
{
	exercise_type(e, ext4_type(), access::async);
}

void ext4_sync(env &e)
{
	exercise_type(e, ext4_type(), access::sync);
}

void xfs_async(env &e)
{
	exercise_type(e, xfs_type(), access::async);
}

void xfs_sync(env &e)
{
	exercise_type(e, xfs_type(), access::sync);
}

// Suspend freezes the file system, which waits for writes in flight.
void suspend(env &e)
{
	need_polling(e);
	auto device = make_concat(e);

	check_polls(device);
	need_filesystem(ext4_type());
	auto ext4 = make_filesystem(ext4_type(), device);
	auto file = make_fragmented_file(ext4, file_size);
	io_shape shape{.dir = direction::write, .count = 16, .depth = 16};
	auto job = make_file_job({.size = file_size, .shape = shape});
	auto data_seed = e.random();

	describe(e, device, shape);
	seed_file(file.get(), job, data_seed);
	idle_submitter submitter(file.get(), job,
				 [&](io_job &done) { check_file(file.get(), done, data_seed); });
	submitter.await_in_flight(device, 16);
	submitter.stop();
	set_stage("suspending " + device.path);
	stopwatch watch;
	suspended_section section(device.stack.top(), {.lock_fs = true});
	check_time(e, "suspend with a stopped writer to ext4", watch, 3s);
	section.end();
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
}

} // namespace

static std::vector<test_case> filesystem_tests()
{
	return {
		{"filesystem.ext4-async", "an IOPOLL ring on a fragmented file over two disks",
		 ext4_async, false, long_limit},
		{"filesystem.ext4-sync", "RWF_HIPRI on a fragmented file over two disks", ext4_sync,
		 false, long_limit},
		{"filesystem.xfs-async", "an IOPOLL ring on such a file on xfs", xfs_async, false,
		 long_limit},
		{"filesystem.xfs-sync", "RWF_HIPRI on such a file on xfs", xfs_sync, false,
		 long_limit},
		rescued({"filesystem.ext4-suspend",
			 "suspend of a device with polled writes to a file", suspend, false,
			 long_limit}),
	};
}

static const test_group group{filesystem_tests};

} // namespace dmpoll
