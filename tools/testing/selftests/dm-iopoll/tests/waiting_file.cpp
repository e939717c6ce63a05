// SPDX-License-Identifier: GPL-2.0
// Whoever changes a file or its file system waits for direct IO in flight, but
// not for the application to poll for it.
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "file.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"
#include "waiting.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t file_size = 1 << 20;

struct place {
	const mounted_filesystem &where;
	int file;
};

struct file_waiter {
	std::string name, what;
	std::function<void(const place &)> act;
	bool keeps_data = true;
};

void freeze(const place &at)
{
	auto root = open_file(at.where.path(), O_RDONLY | O_DIRECTORY);

	check_errno(::ioctl(root.get(), FIFREEZE, 0), "freeze " + at.where.path());
	check_errno(::ioctl(root.get(), FITHAW, 0), "thaw " + at.where.path());
}

void punch(const place &at)
{
	check_errno(::fallocate(at.file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, file_size),
		    "punch a hole");
}

void truncate(const place &at)
{
	check_errno(::ftruncate(at.file, 4096), "truncate a file");
}

// The file is open: that is refused, but not late.
void remount_read_only(const place &at)
{
	int ret =
		::mount(nullptr, at.where.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr);

	check_equal("errno of remount,ro with a file open", errno_name(ret ? errno : 0),
		    errno_name(EBUSY));
}

void unmount(const place &at)
{
	int ret = ::umount2(at.where.path().c_str(), 0);

	check_equal("errno of umount with a file open", errno_name(ret ? errno : 0),
		    errno_name(EBUSY));
}

void sync_all(const place &at)
{
	check_errno(::syncfs(at.file), "sync a file system");
}

void read_cached(const place &at)
{
	auto file = open_file(at.where.path() + "/file", O_RDONLY);
	std::vector<char> bytes(file_size);

	check_errno(::pread(file.get(), bytes.data(), bytes.size(), 0), "read a file");
}

void append(const place &at)
{
	auto file = open_file(at.where.path() + "/file", O_WRONLY | O_APPEND);

	check_errno(::write(file.get(), "more", 4), "append to a file");
}

const std::vector<file_waiter> &file_waiters()
{
	static const std::vector<file_waiter> all = {
		{"freeze", "fsfreeze", freeze},
		{"punch", "a hole punched into the file", punch, false},
		{"truncate", "truncate of the file", truncate, false},
		{"remount", "remount,ro", remount_read_only},
		{"unmount", "umount", unmount},
		{"sync", "syncfs", sync_all},
		{"read", "a plain read of the file", read_cached},
		{"append", "a plain append to the file", append},
	};

	return all;
}

io_job make_writes(env &e, const test_device &device, int file, std::uint64_t data_seed)
{
	io_shape shape{.dir = direction::write, .count = 16, .depth = 16};
	auto job = make_file_job({.size = file_size, .shape = shape});

	describe_place(e, device, shape);
	seed_file(file, job, data_seed);
	return job;
}

// Somebody else's writes.
void act_beside_stopped(env &e, const filesystem_type &type, const file_waiter &waiter)
{
	need_polling(e);
	need_filesystem(type);
	auto device = make_plain_linear(e);
	auto where = make_filesystem(type, device);
	auto file = make_file(where, file_size);
	auto data_seed = e.random();
	auto job = make_writes(e, device, file.get(), data_seed);
	idle_submitter submitter(file.get(), job, [&](io_job &done) {
		if (waiter.keeps_data)
			check_file(file.get(), done, data_seed);
	});

	submitter.await_in_flight(device, 1);
	submitter.stop();
	run_within_bound(e, waiter.what, [&] { waiter.act({where, file.get()}); });
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
}

// The process's own writes, for which it would poll later.
void act_on_own(env &e, const filesystem_type &type, const file_waiter &waiter)
{
	need_polling(e);
	need_filesystem(type);
	auto device = make_plain_linear(e);
	auto where = make_filesystem(type, device);
	auto file = make_file(where, file_size);
	auto job = make_writes(e, device, file.get(), e.random());

	run_async(file.get(), job, {.limit = 60s, .before_polling = [&](ring &, std::uint64_t) {
					    stopwatch watch;

					    waiter.act({where, file.get()});
					    check_time(e, waiter.what + " over own writes", watch,
						       wait_bound);
				    }});
	check_results(job, poll_mode::poll);
}

// A killed process lets the file system go.
void unmount_after_kill(env &e, const filesystem_type &type)
{
	need_polling(e);
	need_filesystem(type);
	auto device = make_plain_linear(e);
	auto where = make_filesystem(type, device);
	auto file = make_file(where, file_size);
	auto job = make_writes(e, device, file.get(), 1);
	idle_submitter submitter(file.get(), job, [](io_job &) {});

	submitter.await_in_flight(device, 1);
	submitter.kill();
	file.reset();
	stopwatch watch;
	check_equal("end of the killed writer within 2 s", submitter.ended_within(2s), true);
	while (::umount2(where.path().c_str(), 0) != 0) {
		std::this_thread::sleep_for(5ms);
		check_at_most("milliseconds until unmounted", watch.elapsed().count(),
			      patient(wait_bound).count());
	}
	e.notes += fmt::format("unmounted after {} ms\n", watch.elapsed().count());
	check_errno(
		::mount(device.path.c_str(), where.path().c_str(), type.name.c_str(), 0, nullptr),
		"mount " + device.path + " again");
}

test_case make_case(const filesystem_type &type, const std::string &name, const std::string &what,
		    std::function<void(env &)> run)
{
	return {.name = fmt::format("waiting.{}-{}", type.name, name),
		.what = fmt::format("{}, on {}", what, type.name),
		.run = std::move(run),
		.limit = long_limit,
		.net = net_role::needed};
}

} // namespace

std::vector<test_case> waiting_file_tests()
{
	std::vector<test_case> all;

	for (const auto *type : {&ext4_type(), &xfs_type()}) {
		for (const auto &waiter : file_waiters())
			all.push_back(make_case(
				*type, waiter.name,
				waiter.what + " while a stopped process has writes in flight",
				[=, &waiter](env &e) { act_beside_stopped(e, *type, waiter); }));
		for (const auto &waiter : file_waiters())
			if (!waiter.keeps_data)
				all.push_back(make_case(
					*type, "own-" + waiter.name,
					waiter.what + " by the process that has writes in flight",
					[=, &waiter](env &e) { act_on_own(e, *type, waiter); }));
		all.push_back(make_case(*type, "killed",
					"umount after a process with writes in flight is killed",
					[=](env &e) { unmount_after_kill(e, *type); }));
	}
	return all;
}

} // namespace dmpoll
