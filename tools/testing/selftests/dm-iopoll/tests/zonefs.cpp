// SPDX-License-Identifier: GPL-2.0
// zonefs: a file is a zone. A synchronous direct write appends to its zone, in a bio
// that zonefs waits for by itself.
#include <array>
#include <cstring>

#include <endian.h>
#include <fcntl.h>
#include <linux/magic.h>

#include "exercise.hpp"
#include "file.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/kernel_version.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"
#include "suspend.hpp"
#include "zoned.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// The first block of the first zone: struct zonefs_super in the kernel's
// fs/zonefs/zonefs.h. Debian has no mkfs for it.
struct super_block {
	std::uint32_t magic = htole32(ZONEFS_MAGIC);
	std::uint32_t crc = 0;
	std::uint8_t rest[4088] = {};
};

// As the kernel's crc32(~0U, ...): it is not inverted at the end.
std::uint32_t crc_of(const super_block &block)
{
	std::uint32_t crc = ~0U;
	std::array<std::uint8_t, sizeof(block)> bytes;

	std::memcpy(bytes.data(), &block, sizeof(block));
	for (auto byte : bytes) {
		crc ^= byte;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return crc;
}

void make_zonefs(const test_device &device)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	aligned_buffer memory(sizeof(super_block));
	super_block block;

	block.crc = htole32(crc_of(block));
	std::memcpy(memory.all().data(), &block, sizeof(block));
	reset_zones(device);
	check_errno(::pwrite(file.get(), memory.all().data(), sizeof(block), 0),
		    "make a zonefs on " + device.path);
}

// Makes one on the device and mounts it, or skips the test.
mounted_filesystem mount_zonefs(env &e, const test_device &device, const io_shape &shape)
{
	make_mounts_private();
	if (!has_filesystem("zonefs"))
		throw skip_test{"needs zonefs: build the kernel with CONFIG_ZONEFS_FS"};
	describe_place(e, device, shape);
	make_zonefs(device);
	return {"zonefs", device.path};
}

void append(env &e, const test_device &device)
{
	io_shape shape{.dir = direction::write, .how = access::sync, .block_size = 64 << 10};
	auto job = make_job(shape, {0, 64 << 10, 128 << 10});
	auto data_seed = e.random();

	auto where = mount_zonefs(e, device, shape);
	auto file = open_file(where.path() + "/seq/0", O_RDWR | O_DIRECT);
	seed_file(file.get(), job, data_seed);
	child_process process("appends to a zone", [&] {
		run_sync(file.get(), job);
		check_results(job, poll_mode::poll);
		check_file(file.get(), job, data_seed);
	});
	stopwatch watch;

	process.finish(2s);
	check_time(e, e.shape, watch, 2s);
}

// zonefs takes each error of IO for one of the disk, and remounts read-only. It has not said
// that it can do without waiting; a program says so for the file all the same, by O_NONBLOCK.
void read_suspended_nonblocking(env &e)
{
	auto device = make_zoned_linear(e);
	io_shape shape{.block_size = 64 << 10, .depth = 1};
	auto data = make_job(shape, {0});
	auto data_seed = e.random();

	if (running_kernel() < dm_polls_by_itself)
		throw skip_test{"needs a kernel whose polled IO may wait (5.18 or later)"};
	auto where = mount_zonefs(e, device, shape);
	auto zone = where.path() + "/seq/0";
	seed_file(open_file(zone, O_RDWR | O_DIRECT).get(), data, data_seed);
	run_while_suspended(device, "a reader without waiting", access::async, [&] {
		auto file = open_file(zone, O_RDONLY | O_DIRECT | O_NONBLOCK);

		run_async(file.get(), data, {});
		check_results(data, poll_mode::poll);
	});
	auto appended = make_job(
		{.dir = direction::write, .how = access::sync, .block_size = shape.block_size},
		{shape.block_size});
	run_sync(open_file(zone, O_RDWR | O_DIRECT).get(), appended);
	check_results(appended, poll_mode::poll);
}

void append_linear(env &e)
{
	append(e, make_zoned_linear(e));
}

void append_raw(env &e)
{
	need_zoned(e);
	append(e, make_raw(e, 0));
}

} // namespace

static std::vector<test_case> zonefs_tests()
{
	return {
		{"zoned.zonefs", "appends with RWF_HIPRI to a zone of zonefs", append_linear},
		{"zoned.zonefs-raw", "the same on a bare disk", append_raw},
		{"zoned.zonefs-nonblocking", "an O_NONBLOCK read of zonefs while dm is suspended",
		 read_suspended_nonblocking},
	};
}

static const test_group group{zonefs_tests};

} // namespace dmpoll
