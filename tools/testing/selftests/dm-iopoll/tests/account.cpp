// SPDX-License-Identifier: GPL-2.0
// Who watches sees the same of polled IO as of IO that is not polled: iostat,
// a cgroup's io.stat, and blktrace.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cgroup.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/mount.hpp"
#include "lib/patience.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// What a watcher saw of some IO: what it counts by name, or what happened.
using sight = std::map<std::string, std::uint64_t>;

// Looks before and after, and gives the difference.
using watcher = std::function<sight(const std::function<void()> &run)>;

// The dm devices and disks below a device, by kernel name.
std::vector<std::string> all_levels(const test_device &device)
{
	std::vector<std::string> names;

	for (const auto &level : device.stack.devices())
		names.push_back(level.kernel_name());
	for (const auto *disk : device.leaves())
		names.push_back(disk->kernel_name);
	return names;
}

std::string number_of(const std::string &kernel_name)
{
	return trim(read_text("/sys/class/block/" + kernel_name + "/dev"));
}

void run_job(const test_device &device, io_job job, bool polled)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	job.shape.polled = polled;
	run_async(file.get(), job, {});
	check_results(job, poll_mode::poll);
}

void check_same_sight(env &e, const test_device &device, const io_shape &shape,
		      const watcher &watch)
{
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device, shape, data_seed);
	std::vector<std::uint64_t> offsets;

	for (const auto &op : job.ops)
		offsets.push_back(static_cast<std::uint64_t>(op.offset));
	auto see = [&](bool polled) {
		return watch([&] { run_job(device, make_job(shape, offsets), polled); });
	};
	auto plain = see(false), polled = see(true);

	e.notes += fmt::format("{}: {} things seen\n", e.shape, plain.size());
	check_at_least("things seen of IO", plain.size(), std::size_t{1});
	for (const auto &[what, count] : plain)
		check_equal(what + ", of polled IO", polled[what], count);
	for (const auto &[what, count] : polled)
		check_equal(what + ", of polled IO", count, plain[what]);
}

// IO that no level splits. (Of a polled bio that is split dm counts one IO, where
// it counts one for each part of another bio.)
void check_shapes(env &e, const test_device &device, const watcher &watch)
{
	for (auto dir : {direction::read, direction::write})
		for (unsigned size : {4096U, 16384U})
			check_same_sight(e, device,
					 {.dir = dir, .block_size = size, .count = 16, .depth = 1},
					 watch);
}

// On one disk, with a level more, and on two.
void check_devices(env &e, const std::function<watcher(const test_device &)> &make_watcher)
{
	need_polling(e);
	auto check = [&](const test_device &device) {
		check_shapes(e, device, make_watcher(device));
	};

	check(make_plain_linear(e));
	check(stack_linear(e, make_plain_linear(e), 64));
	check(make_stripe(e, {.chunk = 256}));
}

// iostat: completed reads and writes, merges and sectors, and what is in flight.
sight read_stat(const std::vector<std::string> &names)
{
	const std::map<std::size_t, std::string> fields{
		{0, "reads"},         {1, "reads merged"},    {2, "sectors read"},  {4, "writes"},
		{5, "writes merged"}, {6, "sectors written"}, {8, "IOs in flight"},
	};
	sight seen;

	for (const auto &name : names) {
		auto words = split_words(read_text("/sys/class/block/" + name + "/stat"));

		for (const auto &[at, field] : fields)
			seen[name + ": " + field] = std::stoull(words.at(at));
	}
	return seen;
}

// A program may be told of its IO before that is accounted.
sight read_settled_stat(const std::vector<std::string> &names)
{
	auto now = read_stat(names);

	for (int tries = 0; tries < 100; tries++) {
		std::this_thread::sleep_for(2ms);
		auto later = read_stat(names);

		if (later == now)
			break;
		now = std::move(later);
	}
	return now;
}

sight difference(sight after, const sight &before)
{
	for (auto &[what, count] : after)
		if (auto found = before.find(what); found != before.end())
			count -= found->second;
	return after;
}

void diskstats(env &e)
{
	check_devices(e, [](const test_device &device) -> watcher {
		return [names = all_levels(device)](const std::function<void()> &run) {
			auto before = read_settled_stat(names);

			run();
			return difference(read_settled_stat(names), before);
		};
	});
}

// "254:0 rbytes=4096 wbytes=0 rios=1 ...", of the devices given.
sight read_io_stat(const cgroup &group, const std::vector<std::string> &numbers)
{
	sight seen;

	for (const auto &line : split_lines(group.get("io.stat"))) {
		auto words = split_words(line);

		if (words.empty() || std::ranges::find(numbers, words[0]) == numbers.end())
			continue;
		for (std::size_t at = 1; at < words.size(); at++)
			if (auto equals = words[at].find('='); equals != std::string::npos)
				seen[words[0] + " " + words[at].substr(0, equals)] =
					std::stoull(words[at].substr(equals + 1));
	}
	return seen;
}

void in_cgroup(env &e)
{
	cgroup group(e.prefix + "watched", "io");

	if (!group.has("io.stat"))
		throw skip_test{
			"needs io.stat of a cgroup: build the kernel with CONFIG_BLK_CGROUP"};
	check_devices(e, [&](const test_device &device) -> watcher {
		std::vector<std::string> numbers;

		for (const auto &name : all_levels(device))
			numbers.push_back(number_of(name));
		return [&group, numbers](const std::function<void()> &run) {
			auto before = read_io_stat(group, numbers);
			child_process child("IO in a cgroup", [&] {
				group.enter();
				run();
			});

			child.finish(patient(10s));
			return difference(read_io_stat(group, numbers), before);
		};
	});
}

std::string need_tracefs()
{
	if (!has_filesystem("tracefs"))
		throw skip_test{"needs traces: build the kernel with CONFIG_BLK_DEV_IO_TRACE"};
	return "tracefs";
}

// The kernel's trace of bios, which blktrace shows, too.
class bio_trace
{
public:
	bio_trace() : tracefs_(need_tracefs(), "none")
	{
		for (const auto *event : events)
			if (::access(enable_file(event).c_str(), W_OK) != 0)
				throw skip_test{fmt::format("needs the trace event {}: build the "
							    "kernel with CONFIG_BLK_DEV_IO_TRACE",
							    event)};
		set("1");
		open_file(tracefs_.path() + "/trace", O_WRONLY | O_TRUNC); // empties it
	}
	bio_trace(const bio_trace &) = delete;
	bio_trace &operator=(const bio_trace &) = delete;
	~bio_trace() { set("0"); }

	// What happened to which sectors of which device, and how often.
	sight events_of(const std::vector<std::string> &numbers) const
	{
		sight seen;

		for (const auto &line : split_lines(read_text(tracefs_.path() + "/trace"))) {
			auto at = line.find("block_");

			if (line.starts_with("#") || at == line.npos)
				continue;
			auto words = split_words(line.substr(at));
			bool of_ours = std::ranges::any_of(numbers, [&](const auto &number) {
				return words.size() > 1 && words[1] == number;
			});
			if (of_ours) // without the name of the process
				seen[trim(line.substr(at, line.find(" [", at) - at))]++;
		}
		return seen;
	}

private:
	static constexpr std::array events{"block_bio_queue", "block_bio_remap",
					   "block_bio_complete"};

	std::string enable_file(const std::string &event) const
	{
		return fmt::format("{}/events/block/{}/enable", tracefs_.path(), event);
	}
	void set(const std::string &value) const
	{
		for (const auto *event : events)
			write_text(enable_file(event), value);
	}

	mounted_filesystem tracefs_;
};

void traced(env &e)
{
	check_devices(e, [](const test_device &device) -> watcher {
		std::vector<std::string> numbers;

		for (const auto &name : all_levels(device)) {
			auto number = number_of(name); // traces have "254,0"
			std::ranges::replace(number, ':', ',');
			numbers.push_back(number);
		}
		return [numbers](const std::function<void()> &run) {
			bio_trace trace;

			run();
			return trace.events_of(numbers);
		};
	});
}

} // namespace

static std::vector<test_case> account_tests()
{
	return {
		{"account.diskstats", "iostat tells the same of polled IO as of other IO",
		 diskstats},
		{"account.cgroup", "a cgroup's io.stat tells the same", in_cgroup},
		{"account.trace", "blktrace tells the same", traced},
	};
}

static const test_group group{account_tests};

} // namespace dmpoll
