// SPDX-License-Identifier: GPL-2.0
// NVMe controllers that are reset, with other numbers of queues too.
#include <cerrno>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controller.hpp"
#include "exercise.hpp"
#include "lib/patience.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned resets = 5;

// A reset goes on in a scan of the namespaces, for which nobody can wait. It
// freezes the disk's queue, and a NOWAIT bio that comes meanwhile is refused, and
// sent again when somebody polls: it is not in flight where the proof looks for it.
void await_scan()
{
	std::this_thread::sleep_for(patient(300ms));
}

// What is in flight when the controller stops is sent again, and polled for.
void reset_under_load(env &e, test_device device, access how)
{
	auto controller = need_controller(e, 0);

	check_polls(device);
	run_under_load(e, device, {.how = how}, [&](busy_reader &reader) {
		for (unsigned round = 0; round < resets; round++) {
			controller.reset();
			reader.await_reads(32, 5s);
		}
	});
	await_scan();
	exercise_both(e, device, poll_mode::poll);
}

void async(env &e)
{
	need_polling(e);
	reset_under_load(e, make_concat(e), access::async);
}

void sync(env &e)
{
	need_polling(e, access::sync);
	reset_under_load(e, make_concat(e), access::sync);
}

// The NVMe driver fails with EIO what it had sent to an hw queue that the reset
// takes away, polled or not. To a device that is suspended nothing was sent.
void change_queues(env &e, access how, bool suspended)
{
	need_polling(e, how);
	auto controller = need_controller(e, 0);
	auto device = make_plain_linear(e);
	poll_queues_setting poll_queues(controller);

	// With 0, then 2, an hw queue loses its interrupt while reads wait for it: the
	// driver finds them by its timeout. So it does for a bare disk.
	std::vector<unsigned> counts{0, 1, 2, 1, 0, 1};

	if (suspended)
		counts = {0, 2, 1, 2, 0, 1};
	check_polls(device);
	run_under_load(e, device, {.how = how}, [&](busy_reader &reader) {
		reader.now().may_fail = suspended ? 0 : -EIO;
		for (unsigned count : counts) {
			stopwatch watch;
			std::optional<suspended_section> section;

			if (suspended)
				section.emplace(device.stack.top());
			poll_queues.set(count);
			section.reset();
			check_time(e, fmt::format("reset with poll_queues={}", count), watch, 5s);
			reader.await_reads(32, 5s);
		}
	});
	await_scan();
	exercise_both(e, device, poll_mode::poll);
}

void queues_suspended(env &e)
{
	for (auto how : {access::async, access::sync})
		change_queues(e, how, true);
}

// What a disk is: a reset beside a scan of the namespaces changes none of it.
struct disk_facts {
	std::string sectors;
	std::string read_only;
	std::string kib_per_command;

	bool operator==(const disk_facts &) const = default;
};

disk_facts facts_of(const claimed_disk &disk)
{
	auto top = "/sys/class/block/" + disk.kernel_name;

	return {trim(read_text(top + "/size")), trim(read_text(top + "/ro")),
		trim(read_text(top + "/queue/max_hw_sectors_kb"))};
}

std::string to_text(const disk_facts &facts)
{
	return fmt::format("{} sectors, ro {}, {} KiB in a command", facts.sectors, facts.read_only,
			   facts.kib_per_command);
}

// A reset refuses what a scan asks the controller, and finds out anew how much the
// controller takes at once; the scan must not see it half done.
void scans(env &e)
{
	auto controller = need_controller(e, 0);
	const auto &disk = e.disks[0];
	auto before = facts_of(disk);
	auto other = before;
	std::jthread scanner([&](const std::stop_token &stop) {
		while (!stop.stop_requested()) {
			controller.scan();
			if (auto now = facts_of(disk); now != before)
				other = now;
		}
	});

	for (unsigned round = 0; round < resets; round++)
		controller.reset();
	scanner.request_stop();
	scanner.join();
	check_equal("the disk during the resets", to_text(other), to_text(before));
	check_equal("the disk after them", to_text(facts_of(disk)), to_text(before));
}

} // namespace

nvme_controller need_controller(const env &e, std::size_t disk)
{
	e.need_disks(disk + 1);
	if (auto found = nvme_controller::of(e.disks[disk].kernel_name))
		return *found;
	throw skip_test{fmt::format("needs an NVMe disk on PCI, without native multipath: name one "
				    "instead of {}, or boot with nvme_core.multipath=N",
				    e.disks[disk].path)};
}

static std::vector<test_case> reset_tests()
{
	return {
		{"reset.async", "NVMe resets under reads through an IOPOLL ring", async, false,
		 long_limit},
		{"reset.sync", "the same under reads with RWF_HIPRI", sync, false, long_limit},
		{.name = "reset.poll-queues-async",
		 .what = "the same with other numbers of poll queues; reads may fail, but end",
		 .run = call<change_queues, access::async, false>,
		 .limit = long_limit,
		 .allowed_log = {"*I/O error, dev nvme*"}},
		{.name = "reset.poll-queues-sync",
		 .what = "the same under reads with RWF_HIPRI",
		 .run = call<change_queues, access::sync, false>,
		 .limit = long_limit,
		 .allowed_log = {"*I/O error, dev nvme*"}},
		{"reset.scans", "NVMe resets beside scans of the namespaces", scans, false,
		 long_limit},
		{"reset.poll-queues-suspended",
		 "the same while the dm device is suspended; no read fails", queues_suspended,
		 false, long_limit},
	};
}

static const test_group group{reset_tests};

} // namespace dmpoll
