// SPDX-License-Identifier: GPL-2.0
// Devices under test, with the map from their sectors to those of the disks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "env.hpp"
#include "lib/dm_device.hpp"

namespace dmpoll
{

// Sectors [start, start + length) of a device are those from disk_start on.
struct extent {
	std::uint64_t start = 0;
	std::uint64_t length = 0;
	const claimed_disk *disk = nullptr;
	std::uint64_t disk_start = 0;
};

// Part of a disk, to build a device of.
struct disk_range {
	const claimed_disk *disk = nullptr;
	std::uint64_t start = 0; // sectors
	std::uint64_t length = 0;
};

// dm devices of which each later one may lie on the earlier ones: they go in
// the opposite order.
class dm_stack
{
public:
	dm_stack() = default;
	dm_stack(dm_stack &&) = default;
	dm_stack &operator=(dm_stack &&) = delete;
	~dm_stack();

	void push(dm_device device) { devices_.push_back(std::move(device)); }
	const std::vector<dm_device> &devices() const { return devices_; }
	dm_device &top() { return devices_.back(); }
	std::vector<dm_device> &levels() { return devices_; } // lowest first

private:
	std::vector<dm_device> devices_;
};

struct test_device {
	std::string path;
	std::string kernel_name;
	std::string table; // of all levels, top first; for reports
	bool is_dm = false;
	std::vector<extent> extents;
	// What becomes of polled IO, where --expect does not say.
	std::optional<poll_mode> mode = {};
	// The disks hold other bytes than the device shows (dm-crypt): plain IO
	// goes through the device, too.
	bool opaque = false;
	dm_stack stack = {};

	std::uint64_t sectors() const;
	unsigned logical_block_size() const;              // the largest of its disks
	std::vector<const claimed_disk *> leaves() const; // each once
};

// Tests use this much of a device and at most this much of each disk.
inline constexpr std::uint64_t region_sectors = 64 << 11; // 64 MiB
inline constexpr std::uint64_t least_disk_size = 128 << 20;

// The first @sectors of a disk itself.
test_device make_raw_of(const claimed_disk &disk, std::uint64_t sectors);

// The first region of a disk as it is. Binds the process to one CPU: 5.10
// itself polls only the last hw queue of a raw IO that was split while it
// moved between CPUs.
test_device make_raw(env &, std::size_t disk);

// The table of a dm-linear that has these extents.
std::vector<dm_segment> linear_table(const std::vector<extent> &extents);

// dm-linear over @ranges, one segment each, in this order.
test_device make_linear(env &, const std::vector<disk_range> &ranges);

// One more dm-linear on top, of the whole of @below but its last sectors and
// shifted by @skip sectors, so that a level mapped wrongly shows.
test_device stack_linear(env &, test_device below, std::uint64_t skip);

// One more dm-linear on top, of segments of @segment sectors each that lie in
// random order: larger IO is split, and the pieces are far apart.
test_device stack_shuffled(env &, test_device below, std::uint64_t segment);

// A dm device with a table of the test's own; @extents say what it must do.
test_device make_dm(env &, const std::vector<dm_segment> &table, std::vector<extent> extents);

// @length sectors of a disk, begun at a random place.
disk_range random_range(env &, std::size_t disk, std::uint64_t length);

// The usual: one segment of a random place of the first disk.
test_device make_plain_linear(env &);

// The first disk, then the second: half a region of each.
test_device make_concat(env &);

// Makes @device, which is one dm-linear, one of @range instead: loads the table
// and makes it the live one. IO in flight goes by the old one.
void move_linear(env &, test_device &device, const disk_range &range);

// Skips the test unless --expect=poll: the test is about IO that is polled for.
void need_polling(const env &, access how = access::async);

// Throws mismatch unless queue/io_poll of a disk or dm device reads @wanted.
void check_io_poll(const std::string &kernel_name, const std::string &wanted);

// The same of a device under test, and "1".
void check_polls(const test_device &);

// Throws skip_test naming @config unless the kernel has the target type.
void need_target(const std::string &target, const std::string &config);

// Where @at of the device is on a disk, and how many sectors follow it there.
disk_range map_sector(const test_device &, std::uint64_t at);

// Expected of polled IO to @device.
poll_mode expected_mode(const env &, const test_device &, access);

} // namespace dmpoll
