// SPDX-License-Identifier: GPL-2.0
#include "device.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>

#include <fmt/format.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "cpus.hpp"
#include "lib/error.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

std::vector<extent> lay_out(const std::vector<disk_range> &ranges)
{
	std::vector<extent> extents;
	std::uint64_t at = 0;

	for (const auto &range : ranges) {
		extents.push_back({at, range.length, range.disk, range.start});
		at += range.length;
	}
	return extents;
}

// Long tables in a few words.
std::string describe(const std::vector<dm_segment> &table)
{
	constexpr std::size_t most = 4;

	if (table.size() <= most)
		return to_string(table);
	return fmt::format("{}; ... ({} segments)",
			   to_string({table.begin(), table.begin() + most}), table.size());
}

std::string next_name(env &e)
{
	return e.prefix + std::to_string(e.devices_made++);
}

// Extents as seen through a window that begins @skip sectors later and is
// @length sectors long.
std::vector<extent> cut(const std::vector<extent> &extents, std::uint64_t skip,
			std::uint64_t length)
{
	std::vector<extent> inside;

	for (const auto &each : extents) {
		auto first = std::max(each.start, skip);
		auto last = std::min(each.start + each.length, skip + length);

		if (first < last)
			inside.push_back({first - skip, last - first, each.disk,
					  each.disk_start + first - each.start});
	}
	return inside;
}

} // namespace

namespace
{

// Puts @table, over @below, on top of it.
test_device stack_table(env &e, test_device below, const std::vector<dm_segment> &table,
			std::vector<extent> extents)
{
	auto device = dm_device::create(next_name(e), table);

	below.table = describe(table) + "\nbelow:  " + below.table;
	below.path = device.path();
	below.kernel_name = device.kernel_name();
	below.extents = std::move(extents);
	below.stack.push(std::move(device));
	return below;
}

} // namespace

dm_stack::~dm_stack()
{
	while (!devices_.empty())
		devices_.pop_back();
}

std::uint64_t test_device::sectors() const
{
	return extents.back().start + extents.back().length;
}

unsigned test_device::logical_block_size() const
{
	unsigned size = 512;

	for (const auto &each : extents)
		size = std::max(size, each.disk->logical_block_size);
	return size;
}

std::vector<const claimed_disk *> test_device::leaves() const
{
	std::vector<const claimed_disk *> found;

	for (const auto &each : extents)
		if (std::find(found.begin(), found.end(), each.disk) == found.end())
			found.push_back(each.disk);
	return found;
}

test_device make_raw_of(const claimed_disk &disk, std::uint64_t sectors)
{
	// A write over what is cached of the disk is not submitted at once, but by a
	// worker.
	check_errno(::ioctl(disk.fd.get(), BLKFLSBUF, 0), "drop what is cached of " + disk.path);
	return {.path = disk.path,
		.kernel_name = disk.kernel_name,
		.table = "none, a raw disk",
		.is_dm = false,
		.extents = {{0, sectors, &disk, 0}}};
}

test_device make_raw(env &e, std::size_t disk)
{
	e.need_disks(disk + 1);
	bind_to_cpu(std::max(::sched_getcpu(), 0));
	return make_raw_of(e.disks[disk], region_sectors);
}

test_device make_dm(env &e, const std::vector<dm_segment> &table, std::vector<extent> extents)
{
	test_device device{.path = {},
			   .kernel_name = {},
			   .table = describe(table),
			   .is_dm = true,
			   .extents = std::move(extents)};

	e.where = "table:  " + device.table;
	device.stack.push(dm_device::create(next_name(e), table));
	device.path = device.stack.top().path();
	device.kernel_name = device.stack.top().kernel_name();
	return device;
}

std::vector<dm_segment> linear_table(const std::vector<extent> &extents)
{
	std::vector<dm_segment> table;

	for (const auto &each : extents)
		table.push_back({each.start, each.length, "linear",
				 fmt::format("{} {}", each.disk->path, each.disk_start)});
	return table;
}

test_device make_linear(env &e, const std::vector<disk_range> &ranges)
{
	auto extents = lay_out(ranges);

	return make_dm(e, linear_table(extents), extents);
}

test_device stack_linear(env &e, test_device below, std::uint64_t skip)
{
	auto length = below.sectors() - 2 * skip;
	std::vector<dm_segment> table = {
		{0, length, "linear", fmt::format("{} {}", below.path, skip)}};
	auto extents = cut(below.extents, skip, length);

	return stack_table(e, std::move(below), table, extents);
}

test_device stack_shuffled(env &e, test_device below, std::uint64_t segment)
{
	std::vector<std::uint64_t> places(below.sectors() / segment);
	std::vector<dm_segment> table;
	std::vector<extent> extents;
	std::uint64_t at = 0;

	std::iota(places.begin(), places.end(), 0);
	std::shuffle(places.begin(), places.end(), e.random);
	for (auto place : places) {
		table.push_back(
			{at, segment, "linear", fmt::format("{} {}", below.path, place * segment)});
		for (auto each : cut(below.extents, place * segment, segment)) {
			each.start += at;
			extents.push_back(each);
		}
		at += segment;
	}
	return stack_table(e, std::move(below), table, extents);
}

void move_linear(env &e, test_device &device, const disk_range &range)
{
	auto extents = lay_out({range});
	auto table = linear_table(extents);

	device.stack.top().reload(table);
	device.extents = extents;
	device.table = to_string(table);
	e.where = "table:  " + device.table;
}

void need_polling(const env &e, access how)
{
	if (e.expect.dm != poll_mode::poll)
		throw skip_test{"needs --expect=poll: it is about IO that is polled for"};
	if (how == access::sync && e.expect.sync_ignored)
		throw skip_test{"needs a kernel that polls for sync IO (before 5.19)"};
}

void check_io_poll(const std::string &kernel_name, const std::string &wanted)
{
	check_equal("queue/io_poll of " + kernel_name, read_queue_text(kernel_name, "io_poll"),
		    wanted);
}

void check_polls(const test_device &device)
{
	check_io_poll(device.kernel_name, "1");
}

void need_target(const std::string &target, const std::string &config)
{
	if (!has_dm_target(target))
		throw skip_test{fmt::format("needs the dm target {}: build the kernel with {}, or "
					    "load its module",
					    target, config)};
}

disk_range random_range(env &e, std::size_t disk, std::uint64_t length)
{
	constexpr std::uint64_t step = 8; // sectors: good for every logical block size
	e.need_disks(disk + 1);
	const auto &it = e.disks[disk];
	std::uniform_int_distribution<std::uint64_t> place(1, (it.size / 512 - length) / step);

	return {&it, place(e.random) * step, length};
}

test_device make_plain_linear(env &e)
{
	return make_linear(e, {random_range(e, 0, region_sectors)});
}

test_device make_concat(env &e)
{
	e.need_disks(2);
	return make_linear(e, {random_range(e, 0, region_sectors / 2),
			       random_range(e, 1, region_sectors / 2)});
}

disk_range map_sector(const test_device &device, std::uint64_t at)
{
	for (const auto &each : device.extents)
		if (at >= each.start && at < each.start + each.length)
			return {each.disk, each.disk_start + at - each.start,
				each.start + each.length - at};
	throw_errno(ERANGE, fmt::format("sector {} of {}", at, device.path));
}

poll_mode expected_mode(const env &e, const test_device &device, access how)
{
	auto mode = device.mode.value_or(device.is_dm ? e.expect.dm : e.expect.raw);

	if (how == access::sync && (e.expect.sync_ignored || mode == poll_mode::eopnotsupp))
		return poll_mode::irq;
	return mode;
}

} // namespace dmpoll
