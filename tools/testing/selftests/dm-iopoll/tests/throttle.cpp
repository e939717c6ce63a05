// SPDX-License-Identifier: GPL-2.0
// A cgroup's limit puts bios off: those are polled for by nobody.
#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.hpp"
#include "exercise.hpp"
#include "file.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/mount.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned long_limit = 75;        // seconds
constexpr std::uint64_t rate = 4ULL << 20; // bytes per second
constexpr unsigned block_size = 64 << 10;  // bytes
constexpr unsigned count = 64;             // of those; a second's worth

int try_write(const std::string &path, const std::string &text)
{
	unique_fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));

	if (!file || ::write(file.get(), text.data(), text.size()) < 0)
		return errno;
	return 0;
}

void write_file(const std::string &path, const std::string &text)
{
	if (int err = try_write(path, text))
		throw_errno(err, fmt::format("write '{}' to {}", text, path));
}

// A cgroup below the root of the unified hierarchy.
class io_cgroup
{
public:
	explicit io_cgroup(const std::string &name)
	    : root_("cgroup2", "none"), path_(root_.path() + "/" + name)
	{
		if (try_write(root_.path() + "/cgroup.subtree_control", "+io"))
			throw skip_test{"needs the io controller in cgroup v2: build the kernel "
					"with CONFIG_BLK_CGROUP, and do not mount blkio of v1"};
		check_errno(::mkdir(path_.c_str(), 0700), "make the cgroup " + path_);
	}
	io_cgroup(const io_cgroup &) = delete;
	io_cgroup &operator=(const io_cgroup &) = delete;
	~io_cgroup() { ::rmdir(path_.c_str()); }

	void limit(const std::string &kernel_name) const
	{
		auto number = trim(read_text("/sys/class/block/" + kernel_name + "/dev"));

		if (::access((path_ + "/io.max").c_str(), F_OK) != 0)
			throw skip_test{"needs limits of IO by cgroups: build the kernel with "
					"CONFIG_BLK_DEV_THROTTLING"};
		write_file(path_ + "/io.max",
			   fmt::format("{} rbps={} wbps={}", number, rate, rate));
	}
	// The calling process.
	void enter() const { write_file(path_ + "/cgroup.procs", "0"); }

private:
	mounted_filesystem root_;
	std::string path_;
};

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
	check_at_most<long>("milliseconds of a second's worth of IO", took, 3000);
}

// Runs the job in a process of @group's; @check looks at the data, of reads in
// that process, which has them, of writes in this one, which has no limit.
void run_limited(env &e, const io_cgroup &group, io_job &job, const limited_file &target)
{
	bool reads = job.shape.dir == direction::read;
	stopwatch watch;
	child_process child("limited IO to " + target.name, [&] {
		group.enter();
		if (job.shape.how == access::sync)
			run_sync(target.fd, job);
		else
			run_async(target.fd, job, {.limit = 60s});
		check_results(job, poll_mode::poll);
		if (reads)
			target.check(job);
	});
	child.finish(4s);
	check_rate(e, watch);
	if (!reads)
		target.check(job);
}

void exercise_limited(env &e, const test_device &device, const io_cgroup &group,
		      const io_shape &shape)
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
	io_cgroup group(e.prefix + "limited");

	group.limit(limited);
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

void exercise_limited_file(env &e, int file, const io_cgroup &group, access how)
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
	need_ext4();
	auto ext4 = make_ext4(device);
	auto file = make_fragmented_file(ext4, file_size);
	io_cgroup group(e.prefix + "limited");

	group.limit(device.kernel_name);
	exercise_limited_file(e, file.get(), group, access::sync);
	exercise_limited_file(e, file.get(), group, access::async);
}

} // namespace

std::vector<test_case> throttle_tests()
{
	return {
		{"throttle.device", "a cgroup's limit at the dm device", at_device, false,
		 long_limit},
		{"throttle.leaf", "a cgroup's limit at the disk below", at_leaf, false, long_limit},
		{"throttle.many-bios", "a cgroup's limit, and IO of many bios to a file", many_bios,
		 false, long_limit},
	};
}

} // namespace dmpoll
