// SPDX-License-Identifier: GPL-2.0
// Target types that do not poll: polled IO to them completes by interrupt.
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

#include "crypt_table.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/poll_net.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t length = region_sectors / 4;

void check_does_not_poll(const test_device &device)
{
	check_equal("queue/io_poll of " + device.kernel_name,
		    read_queue(device.kernel_name).io_poll ? 1 : 0, 0);
}

// A kernel that lets dm poll has async polled IO to a device that cannot poll
// complete by interrupt; others refuse it, or do the same. All operations of
// one job fare alike.
poll_mode mode_of(const env &e, const io_job &job)
{
	bool refused = job.ops[0].result == -EOPNOTSUPP && e.expect.dm != poll_mode::poll;

	return refused ? poll_mode::eopnotsupp : poll_mode::irq;
}

void exercise_async(env &e, const test_device &device, const io_shape &shape)
{
	auto job = make_job(e, device, shape);
	auto data_seed = e.random();
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	describe_place(e, device, shape);
	seed_job(device, job, data_seed);
	proof_window window(device);
	stopwatch watch;
	run_async(file.get(), job, {.limit = 60s}); // to say how long it took
	check_time(e, e.shape, watch, 10s);
	auto mode = mode_of(e, job);

	check_results(job, mode);
	prove_mode(e, window.elapsed(), mode, {.operations = shape.count});
	if (mode == poll_mode::irq)
		check_job(device, job, data_seed);
}

void exercise_sync(env &e, const test_device &device, direction dir)
{
	stopwatch watch;

	exercise(e, device, {.dir = dir, .how = access::sync, .count = 16});
	check_time(e, e.shape, watch, 2s);
}

// What becomes of IO comes first: it tells more than the attribute.
void exercise_unpolled(env &e, test_device device)
{
	device.mode = poll_mode::irq;
	for (auto dir : {direction::read, direction::write}) {
		exercise_sync(e, device, dir);
		exercise_async(e, device, {.dir = dir, .count = 16});
	}
	check_does_not_poll(device);
}

test_device make_target(env &e, const std::string &target, const std::string &params,
			const disk_range &range)
{
	return make_dm(e, {{0, range.length, target, params}},
		       {{0, range.length, range.disk, range.start}});
}

test_device make_crypt(env &e)
{
	need_crypt();
	auto range = random_range(e, 0, length);
	auto device = make_dm(e, crypt_table(range), {{0, length, range.disk, range.start}});

	device.opaque = true;
	return device;
}

void crypt(env &e)
{
	exercise_unpolled(e, make_crypt(e));
}

// Nothing else is polled for, and might find it by the way. (A later kernel
// with dm polling of its own takes the disk driver's timeout for it.)
void crypt_one_read(env &e)
{
	exercise_async(e, make_crypt(e), {.count = 1, .depth = 1});
}

// "disk start" and @more.
void exercise_params(env &e, const std::string &target, const std::string &more)
{
	auto range = random_range(e, 0, length);
	auto params = fmt::format("{} {} {}", range.disk->path, range.start, more);

	exercise_unpolled(e, make_target(e, target, params, range));
}

void flakey(env &e)
{
	need_target("flakey", "CONFIG_DM_FLAKEY");
	exercise_params(e, "flakey", "60 0");
}

void delay(env &e)
{
	need_target("delay", "CONFIG_DM_DELAY");
	exercise_params(e, "delay", "10");
}

void dust(env &e)
{
	need_target("dust", "CONFIG_DM_DUST");
	exercise_params(e, "dust", "512");
}

// Reads go to the first leg, writes to both.
void mirror(env &e)
{
	need_target("mirror", "CONFIG_DM_MIRROR");
	auto whole = random_range(e, 0, 2 * length);
	auto params = fmt::format("core 2 1024 nosync 2 {0} {1} {0} {2}", whole.disk->path,
				  whole.start, whole.start + length);

	exercise_unpolled(e, make_target(e, "mirror", params, {whole.disk, whole.start, length}));
}

// The origin stays as it is; what is written goes elsewhere.
void snapshot(env &e)
{
	need_target("snapshot", "CONFIG_DM_SNAPSHOT");
	auto range = random_range(e, 0, length);
	auto origin = make_linear(e, {range}), store = make_linear(e, {random_range(e, 0, length)});
	auto device = make_target(e, "snapshot", fmt::format("{} {} N 8", origin.path, store.path),
				  range);

	device.opaque = true;
	exercise_unpolled(e, std::move(device));
}

void write_zeroes(const test_device &device)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	aligned_buffer memory(4096);

	check_errno(::pwrite(file.get(), memory.all().data(), memory.all().size(), 0),
		    "write zeroes to " + device.path);
}

void thin(env &e)
{
	need_target("thin-pool", "CONFIG_DM_THIN_PROVISIONING");
	auto range = random_range(e, 0, length);
	auto metadata = make_linear(e, {random_range(e, 0, 8192)}), data = make_linear(e, {range});

	write_zeroes(metadata); // so that the pool makes them anew
	auto pool = make_target(e, "thin-pool",
				fmt::format("{} {} 128 0", metadata.path, data.path), range);
	pool.stack.top().message("create_thin 0");
	auto device = make_target(e, "thin", pool.path + " 0", range);

	device.opaque = true;
	exercise_unpolled(e, std::move(device));
}

// By default a device with a request queue of its own; "queue_mode bio"
// makes it one without.
void exercise_multipath(env &e, const std::string &features)
{
	need_target("multipath", "CONFIG_DM_MULTIPATH");
	e.need_disks(1);
	const auto *disk = &e.disks[0];
	auto params = fmt::format("{} 0 1 1 round-robin 0 1 1 {} 1", features, disk->path);

	auto device = make_target(e, "multipath", params, {disk, 0, length});
	if (has_poll_net() && read_queue(device.kernel_name).io_poll)
		return exercise_both(e, device, poll_mode::poll); // mpath.* says if it must
	exercise_unpolled(e, std::move(device));
}

void multipath(env &e)
{
	exercise_multipath(e, "0");
}

void multipath_bio(env &e)
{
	exercise_multipath(e, "2 queue_mode bio");
}

// Without a path bios wait; a suspend without flush hands them back to dm, which
// sends them to the next table. That one has a path.
void requeue(env &e, access how)
{
	need_polling(e, how);
	need_target("multipath", "CONFIG_DM_MULTIPATH");
	e.need_disks(1);
	disk_range range{&e.disks[0], 0, length};
	auto params = fmt::format("3 queue_if_no_path queue_mode bio 0 1 1 round-robin 0 1 1 {} 1",
				  range.disk->path);
	auto device = make_target(e, "multipath", params, range);
	auto job = make_job(e, device, {.how = how, .count = how == access::sync ? 1U : 8U});
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	describe_place(e, device, job.shape);
	seed_job(device, job, 1);
	device.mode = poll_mode::irq;
	device.stack.top().message("fail_path " + range.disk->path);
	proof_window window(device);
	child_process child("IO without a path", [&] {
		run_io(file.get(), job);
		check_results(job, poll_mode::irq);
		check_job(device, job, 1);
	});
	check_equal("end of IO without a path", child.ended_within(200ms), false);
	device.stack.top().suspend({.noflush = true});
	device.stack.top().reload({{0, length, "multipath", params}});
	child.finish(3s);
	prove_mode(e, window.elapsed(), poll_mode::irq, {.operations = job.ops.size()});
}

// A pollable segment beside one that is not.
void mixed(env &e)
{
	need_crypt();
	auto whole = random_range(e, 0, 2 * length);
	auto table = crypt_table({whole.disk, whole.start + length, length});

	table[0].start = length;
	table.insert(table.begin(),
		     {0, length, "linear", fmt::format("{} {}", whole.disk->path, whole.start)});
	auto device = make_dm(e, table, {{0, 2 * length, whole.disk, whole.start}});

	device.opaque = true;
	exercise_unpolled(e, std::move(device));
}

// What polls, on what does not.
void linear_over_crypt(env &e)
{
	need_crypt();
	auto range = random_range(e, 0, length);
	auto below = make_dm(e, crypt_table(range), {{0, length, range.disk, range.start}});
	auto device = stack_linear(e, std::move(below), 64);

	device.opaque = true;
	exercise_unpolled(e, std::move(device));
}

// Results of polled IO that reaches no disk.
void check_all(env &e, const test_device &device, const io_shape &shape, int wanted)
{
	auto job = make_job(e, device, shape);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	stopwatch watch;

	describe_place(e, device, shape);
	run_io(file.get(), job);
	check_time(e, e.shape, watch, 2s);
	bool refused = mode_of(e, job) == poll_mode::eopnotsupp;
	for (const auto &op : job.ops)
		if (!refused)
			check_equal("result of the " + to_string(op), op.result.value_or(0),
				    wanted);
}

void exercise_diskless(env &e, const std::string &target, int wanted)
{
	e.need_disks(1); // only to have a size
	auto device = make_dm(e, {{0, length, target, ""}}, {{0, length, &e.disks[0], 0}});

	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::sync, access::async})
			check_all(e, device, {.dir = dir, .how = how, .count = 16}, wanted);
	check_does_not_poll(device);
}

void zero(env &e)
{
	need_target("zero", "CONFIG_DM_ZERO");
	exercise_diskless(e, "zero", 4096);
}

void error(env &e)
{
	exercise_diskless(e, "error", -EIO);
}

} // namespace

std::vector<dm_segment> crypt_table(const disk_range &range)
{
	auto params = fmt::format("aes-xts-plain64 {:064x} 0 {} {}", 0x706f6c6cU, range.disk->path,
				  range.start);

	return {{0, range.length, "crypt", params}};
}

void need_crypt()
{
	need_target("crypt", "CONFIG_DM_CRYPT, CONFIG_CRYPTO_AES and CONFIG_CRYPTO_XTS");
}

static std::vector<test_case> targets_tests()
{
	return {
		{"targets.crypt", "polled IO to dm-crypt completes by interrupt", crypt, false,
		 long_limit},
		{"targets.crypt-one-read", "one read of dm-crypt through an IOPOLL ring",
		 crypt_one_read, false, long_limit},
		{"targets.flakey", "the same of dm-flakey", flakey, false, long_limit},
		{"targets.delay", "the same of dm-delay", delay, false, long_limit},
		{"targets.dust", "the same of dm-dust", dust, false, long_limit},
		{"targets.mirror", "the same of dm-mirror", mirror, false, long_limit},
		{"targets.snapshot", "the same of dm-snapshot", snapshot, false, long_limit},
		{"targets.thin", "the same of dm-thin", thin, false, long_limit},
		{"targets.multipath", "the same of dm-multipath", multipath, false, long_limit},
		{"targets.multipath-bio", "the same of dm-multipath in its bio mode", multipath_bio,
		 false, long_limit},
		{"targets.requeue-async", "IO that a bio-based multipath hands back at a suspend",
		 call<requeue, access::async>, false, long_limit},
		{"targets.requeue-sync", "the same of a polled preadv2",
		 call<requeue, access::sync>, false, long_limit},
		{"targets.mixed", "the same of a table of linear and crypt", mixed, false,
		 long_limit},
		{"targets.linear-over-crypt", "the same of dm-linear on dm-crypt",
		 linear_over_crypt, false, long_limit},
		{"targets.zero", "polled IO to dm-zero ends at once", zero},
		{"targets.error", "polled IO to dm-error fails with EIO", error},
	};
}

static const test_group group{targets_tests};

} // namespace dmpoll
