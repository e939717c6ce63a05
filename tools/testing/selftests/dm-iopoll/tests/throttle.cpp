// SPDX-License-Identifier: GPL-2.0
// A cgroup's limit puts bios off: those are polled for by nobody.
#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>

#include "cgroup.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "file.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/mount.hpp"
#include "lib/patience.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t rate = 4ULL << 20; // bytes per second
constexpr unsigned block_size = 64 << 10;  // bytes
constexpr unsigned count = 64;             // of those; a second's worth

void limit_rate(const cgroup &group, const std::string &kernel_name)
{
	auto number = trim(read_text("/sys/class/block/" + kernel_name + "/dev"));

	if (!group.has("io.max"))
		throw skip_test{"needs limits of IO by cgroups: build the kernel with "
				"CONFIG_BLK_DEV_THROTTLING"};
	group.set("io.max", fmt::format("{} rbps={} wbps={}", number, rate, rate));
}

struct limited_file {
	std::string name;
	int fd;
	std::function<void(io_job &)> check; // of the data
};

// A second's worth takes about that long, however it completes, and no longer.
void check_rate(env &e, const stopwatch &watch)
{
	auto took = watch.elapsed().count();

	e.notes += fmt::format("{}: {} ms\n", e.shape, took);
	check_at_least<long>("milliseconds of a second's worth of IO", took, 500);
	check_at_most<long>("milliseconds of a second's worth of IO", took, 10000 * slowness);
}

// Runs the job in a process of @group's; @check looks at the data, of reads in
// that process, which has them, of writes in this one, which has no limit.
void run_limited(env &e, const cgroup &group, io_job &job, const limited_file &target)
{
	bool reads = job.shape.dir == direction::read;
	stopwatch watch;
	child_process child("limited IO to " + target.name, [&] {
		group.enter();
		run_io(target.fd, job, {.limit = 60s});
		check_results(job, poll_mode::poll);
		if (reads)
			target.check(job);
	});
	child.finish(15s);
	check_rate(e, watch);
	if (!reads)
		target.check(job);
}

void exercise_limited(env &e, const test_device &device, const cgroup &group, const io_shape &shape)
{
	auto job = make_job(e, device, shape);
	auto data_seed = e.random();
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	describe_place(e, device, shape);
	seed_job(device, job, data_seed);
	run_limited(e, group, job, {device.path, file.get(), [&](io_job &done) {
					    check_job(device, done, data_seed);
				    }});
}

void exercise_all(env &e, const test_device &device, const std::string &limited)
{
	check_polls(device);
	make_mounts_private();
	cgroup group(e.prefix + "limited", "io");

	limit_rate(group, limited);
	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			exercise_limited(e, device, group,
					 {.dir = dir,
					  .how = how,
					  .block_size = block_size,
					  .count = count,
					  .depth = 8});
}

void at_device(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);

	exercise_all(e, device, device.kernel_name);
}

void at_leaf(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);

	exercise_all(e, device, whole_disk(e.disks[0].kernel_name));
}

constexpr std::uint64_t file_size = 8 << 20; // bytes

void exercise_limited_file(env &e, int file, const cgroup &group, access how)
{
	io_shape shape{.how = how, .block_size = 1 << 20, .count = 4, .depth = 1};
	auto job = make_file_job({.size = file_size, .shape = shape});
	auto data_seed = e.random();

	e.shape = to_string(shape) + ", of a file of many extents on ext4";
	e.where += "\nio:     " + e.shape;
	seed_file(file, job, data_seed);
	run_limited(e, group, job,
		    {"a file", file, [&](io_job &done) { check_file(file, done, data_seed); }});
}

// One IO of many bios, some put off and some not.
void many_bios(env &e)
{
	need_polling(e, access::sync);
	auto device = make_plain_linear(e);

	check_polls(device);
	need_filesystem(ext4_type());
	auto ext4 = make_filesystem(ext4_type(), device);
	auto file = make_fragmented_file(ext4, file_size);
	cgroup group(e.prefix + "limited", "io");

	limit_rate(group, device.kernel_name);
	exercise_limited_file(e, file.get(), group, access::sync);
	exercise_limited_file(e, file.get(), group, access::async);
}

} // namespace

static std::vector<test_case> throttle_tests()
{
	return {
		{"throttle.device", "a cgroup's limit at the dm device", at_device, false,
		 long_limit},
		{"throttle.leaf", "a cgroup's limit at the disk below", at_leaf, false, long_limit},
		{"throttle.many-bios", "a cgroup's limit, and IO of many bios to a file", many_bios,
		 false, long_limit},
	};
}

static const test_group group{throttle_tests};

} // namespace dmpoll
