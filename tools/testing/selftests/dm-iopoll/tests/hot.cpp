// SPDX-License-Identifier: GPL-2.0
// Disks that are taken away under polled load. They come back after each test.
#include <cerrno>
#include <functional>
#include <thread>

#include "controller.hpp"
#include "exercise.hpp"
#include "lib/command.hpp"
#include "lib/queue_stats.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

struct removal {
	std::function<void(const claimed_disk &)> take, bring_back;
};

removal through_sysfs(const env &e)
{
	auto controller = need_controller(e, 0);

	return {[=](const auto &) { controller.remove(); }, [](const auto &) { rescan_pci(); }};
}

// Unplugged, as the hardware or its emulator has it.
removal through_command(const env &e)
{
	need_controller(e, 0);
	if (e.hotplug.empty())
		throw skip_test{"needs --hotplug COMMAND, which unplugs a disk when called with "
				"'out' and its name, and plugs it in again when called with 'in'"};
	return {[&](const auto &disk) {
			run_command({e.hotplug, "out", disk.kernel_name});
		},
		[&](const auto &disk) {
			run_command({e.hotplug, "in", disk.kernel_name});
		}};
}

void await_disk(const claimed_disk &disk, bool wanted)
{
	stopwatch watch;

	set_stage(fmt::format("waiting until {} is {}", disk.path, wanted ? "back" : "gone"));
	while (has_disk(disk.kernel_name) != wanted ||
	       (::access(disk.path.c_str(), F_OK) == 0) != wanted) {
		if (watch.elapsed() > 10s)
			throw mismatch{disk.path,
				       wanted ? "not back within 10 s" : "still there after 10 s",
				       wanted ? "back" : "gone"};
		std::this_thread::sleep_for(5ms);
	}
}

// Takes the first disk, of which @device is made.
void take_under_load(env &e, const removal &how, test_device device, access kind)
{
	const auto &disk = e.disks[0];

	check_polls(device);
	run_under_load(e, device, {.how = kind}, [&](busy_reader &reader) {
		auto failures = reader.now().failures.load();

		reader.now().may_fail = -EIO;
		stopwatch watch;
		how.take(disk);
		await_disk(disk, false);
		check_time(e, "removal of " + disk.path, watch, 10s);
		reader.await_reads(64, 5s);
		check_at_least("failed reads of a removed disk", reader.now().failures - failures,
			       1U);
	});
	if (device.leaves().size() > 1)
		exercise(e, make_linear(e, {random_range(e, 1, region_sectors)}), {.how = kind});
	stopwatch watch;
	device.stack.top().remove_within(5s);
	check_time(e, "removal of the device over a removed disk", watch, 5s);
	how.bring_back(disk);
	await_disk(disk, true);
	exercise(e, make_plain_linear(e), {.how = kind});
}

template <access how> void remove_linear(env &e)
{
	need_polling(e, how);
	take_under_load(e, through_sysfs(e), make_plain_linear(e), how);
}

template <access how> void remove_concat(env &e)
{
	need_polling(e, how);
	take_under_load(e, through_sysfs(e), make_concat(e), how);
}

template <access how> void unplug_linear(env &e)
{
	need_polling(e, how);
	take_under_load(e, through_command(e), make_plain_linear(e), how);
}

template <access how> void unplug_concat(env &e)
{
	need_polling(e, how);
	take_under_load(e, through_command(e), make_concat(e), how);
}

test_case make_case(const std::string &name, const std::string &what, void (*run)(env &))
{
	return {.name = "hot." + name,
		.what = what,
		.run = run,
		.on_request = true,
		.limit = long_limit,
		.allowed_log = {"*I/O error, dev nvme*"},
		.takes_disks = true};
}

} // namespace

static std::vector<test_case> hot_tests()
{
	return {
		make_case("remove-linear-async", "a disk removed in sysfs under an IOPOLL ring",
			  remove_linear<access::async>),
		make_case("remove-linear-sync", "the same under RWF_HIPRI",
			  remove_linear<access::sync>),
		make_case("remove-concat-async", "one of two disks, under an IOPOLL ring",
			  remove_concat<access::async>),
		make_case("remove-concat-sync", "one of two disks, under RWF_HIPRI",
			  remove_concat<access::sync>),
		make_case("unplug-linear-async", "a disk unplugged under an IOPOLL ring",
			  unplug_linear<access::async>),
		make_case("unplug-linear-sync", "the same under RWF_HIPRI",
			  unplug_linear<access::sync>),
		make_case("unplug-concat-async", "one of two disks, under an IOPOLL ring",
			  unplug_concat<access::async>),
		make_case("unplug-concat-sync", "one of two disks, under RWF_HIPRI",
			  unplug_concat<access::sync>),
	};
}

static const test_group group{hot_tests};

} // namespace dmpoll
