// SPDX-License-Identifier: GPL-2.0
#include "device.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sched.h>

#include "lib/error.hpp"

namespace dmpoll
{

namespace
{

void bind_to_one_cpu()
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(std::max(::sched_getcpu(), 0), &one);
	check_errno(::sched_setaffinity(0, sizeof(one), &one), "bind the test to one CPU");
}

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

test_device make_raw(env &e, std::size_t disk)
{
	e.need_disks(disk + 1);
	bind_to_one_cpu();
	const auto &it = e.disks[disk];

	return {.path = it.path,
		.kernel_name = it.kernel_name,
		.table = "none, a raw disk",
		.is_dm = false,
		.extents = {{0, region_sectors, &it, 0}},
		.stack = {}};
}

test_device make_dm(env &e, const std::vector<dm_segment> &table, std::vector<extent> extents)
{
	test_device device{.path = {},
			   .kernel_name = {},
			   .table = to_string(table),
			   .is_dm = true,
			   .extents = std::move(extents),
			   .stack = {}};

	e.where = "table:  " + device.table;
	device.stack.push(dm_device::create(next_name(e), table));
	device.path = device.stack.top().path();
	device.kernel_name = device.stack.top().kernel_name();
	return device;
}

test_device make_linear(env &e, const std::vector<disk_range> &ranges)
{
	std::vector<dm_segment> table;
	auto extents = lay_out(ranges);

	for (const auto &each : extents)
		table.push_back({each.start, each.length, "linear",
				 fmt::format("{} {}", each.disk->path, each.disk_start)});
	return make_dm(e, table, extents);
}

test_device stack_linear(env &e, test_device below, std::uint64_t skip)
{
	auto length = below.sectors() - 2 * skip;
	std::vector<dm_segment> table = {
		{0, length, "linear", fmt::format("{} {}", below.path, skip)}};
	auto device = dm_device::create(next_name(e), table);

	below.table = to_string(table) + "\nbelow:  " + below.table;
	below.path = device.path();
	below.kernel_name = device.kernel_name();
	below.extents = cut(below.extents, skip, length);
	below.stack.push(std::move(device));
	return below;
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
	auto mode = device.is_dm ? e.expect.dm : e.expect.raw;

	if (how == access::sync && (e.expect.sync_ignored || mode == poll_mode::eopnotsupp))
		return poll_mode::irq;
	return mode;
}

} // namespace dmpoll
