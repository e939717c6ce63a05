// SPDX-License-Identifier: GPL-2.0
// dm_iopoll: does polled IO on device-mapper devices do what it is expected to?
#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "driver.hpp"
#include "lib/disk.hpp"
#include "lib/error.hpp"
#include "lib/isolate.hpp"
#include "lib/ktap.hpp"
#include "lib/patience.hpp"
#include "lib/queue_stats.hpp"
#include "lib/stage.hpp"
#include "lib/text.hpp"
#include "options.hpp"
#include "tests/device.hpp"
#include "tests/env.hpp"

namespace dmpoll
{

namespace
{

bool is_selected(const test_case &test, const settings &options)
{
	if (options.filters.empty())
		return !test.on_request;
	return std::any_of(options.filters.begin(), options.filters.end(), [&](const auto &glob) {
		// '*' alone does not ask for what runs on request only
		return matches(glob, test.name) && (!test.on_request || glob[0] == test.name[0]);
	});
}

std::vector<test_case> select_tests(const settings &options)
{
	auto tests = all_tests();

	std::erase_if(tests, [&](const auto &test) { return !is_selected(test, options); });
	return tests;
}

int list_tests(const std::vector<test_case> &tests)
{
	for (const auto &test : tests)
		fmt::print("{:30} {}\n", test.name, test.what);
	return exit_pass;
}

std::vector<claimed_disk> claim_disks(const settings &options)
{
	std::vector<claimed_disk> disks;

	for (const auto &path : options.disk_paths) {
		disks.push_back(claim_disk(path));
		if (disks.back().size < least_disk_size)
			throw_errno(ENOSPC, fmt::format("{} has {} bytes; the tests need a disk of "
							"at least 128 MiB",
							path, disks.back().size));
	}
	return disks;
}

void print_disk(ktap_writer &out, const claimed_disk &disk, poll_mode wanted)
{
	auto queue = read_queue(disk.kernel_name);

	out.note(fmt::format(
		"disk {}: {} MiB, block size {}, io_poll {}, io_poll_delay {}, {} poll queues, "
		"scheduler {}, max_sectors_kb {}",
		disk.path, disk.size >> 20, disk.logical_block_size, queue.io_poll ? 1 : 0,
		queue.io_poll_delay, queue.poll_queues,
		queue.scheduler.empty() ? "none" : queue.scheduler, queue.max_sectors_kb));
	if (!disk.signature.empty())
		out.note(fmt::format("disk {}: OVERWRITING what looks like {}", disk.path,
				     disk.signature));
	if (!read_poll_counters(disk.kernel_name) && !read_interrupts(disk.kernel_name))
		out.note(fmt::format("disk {}: neither poll counters in debugfs nor interrupts of "
				     "its own; the mode shows only in what is in flight",
				     disk.path));
	if (wanted == poll_mode::poll && !queue.io_poll)
		out.note(fmt::format("hint: {} has no poll queues; boot with nvme.poll_queues=1, "
				     "or say --expect-raw=irq",
				     disk.path));
}

void print_preflight(ktap_writer &out, const settings &options,
		     const std::vector<claimed_disk> &disks)
{
	struct utsname name;

	check_errno(::uname(&name), "uname");
	out.note(fmt::format("kernel {} {}, {} CPUs", name.release, name.machine,
			     ::sysconf(_SC_NPROCESSORS_ONLN)));
	for (const auto &disk : disks)
		print_disk(out, disk, options.expect.raw);
	out.note(fmt::format("expect: dm {}, raw {}{}", to_string(options.expect.dm),
			     to_string(options.expect.raw),
			     options.expect.sync_ignored ? ", sync polling ignored" : ""));
	out.note(fmt::format("seed {}", options.seed));
}

// The poll counters are there; a guest may just not have mounted it yet.
void mount_debugfs()
{
	if (::access("/sys/kernel/debug/block", F_OK) != 0)
		::mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
}

int exit_status(const test_counts &counts)
{
	if (counts.failed)
		return exit_fail;
	return counts.passed ? exit_pass : exit_skip;
}

int run_all(const std::vector<test_case> &tests, driver &driver, ktap_writer &out)
{
	try {
		for (const auto &test : tests)
			if (!driver.run(test))
				return exit_fail;
	} catch (const std::exception &error) { // of the driver itself
		out.bail_out(error.what());
		return exit_fail;
	}
	out.totals();
	return exit_status(out.counts());
}

int run_tests(const settings &options, const std::vector<test_case> &tests)
{
	ktap_writer out(options.log);
	auto disks = claim_disks(options);
	driver runner(options, disks, out);

	mount_debugfs();
	out.plan(tests.size());
	print_preflight(out, options, disks);
	slowness = options.slow;
	share_stage();
	catch_stop_signals();
	return run_all(tests, runner, out);
}

int skip_unless_root(const settings &options)
{
	ktap_writer out(options.log);

	out.skip_all("needs root: makes dm devices and reads debugfs");
	return exit_skip;
}

int run_program(const settings &options)
{
	auto tests = select_tests(options);

	if (tests.empty()) {
		fmt::print(stderr, "dm_iopoll: no test matches; --list shows all names\n");
		return exit_usage;
	}
	if (options.list)
		return list_tests(tests);
	if (::geteuid() != 0)
		return skip_unless_root(options);
	return run_tests(options, tests);
}

} // namespace

} // namespace dmpoll

int main(int argc, char **argv)
{
	dmpoll::settings options;

	if (auto status = dmpoll::parse_command_line(argc, argv, options))
		return *status;
	try {
		return dmpoll::run_program(options);
	} catch (const std::exception &error) {
		fmt::print(stderr, "dm_iopoll: {}\n", error.what());
		return dmpoll::exit_usage;
	}
}
