// SPDX-License-Identifier: GPL-2.0
// Errors from below: each operation gets its own, polled or not.
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t length = region_sectors / 4; // sectors, of each part
constexpr std::uint64_t skipped = 64;                // sectors, by the upper device
constexpr std::uint64_t bad_step = 64;               // sectors
constexpr std::uint64_t nvme_retries = 5;            // nvme_core.max_retries

// What an operation must return: its size, or -errno.
using oracle = std::function<int(const io_op &)>;

// The data of those that must succeed, too, unless it is not known.
struct error_options {
	oracle wanted;
	poll_mode mode = poll_mode::irq;
	bool check_data = true;
};

void check_each(const test_device &device, io_job &job, const error_options &options)
{
	std::vector<io_op> good;

	for (const auto &op : job.ops) {
		int wanted = options.wanted(op);

		check_equal("result of the " + to_string(op), result_text(op.result),
			    result_text(wanted));
		if (wanted >= 0)
			good.push_back(op);
	}
	job.ops = good;
	if (options.check_data)
		check_job(device, job, 1);
}

void run_with_errors(env &e, const test_device &device, const io_shape &shape,
		     const error_options &options)
{
	auto job = make_job(e, device, shape);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto count = job.ops.size();

	describe_place(e, device, shape);
	if (options.check_data)
		seed_job(device, job, 1);
	proof_window window(device);
	stopwatch watch;
	run_io(file.get(), job);
	check_time(e, e.shape, watch, 2s);
	auto totals = window.elapsed();

	check_each(device, job, options);
	if (options.mode == poll_mode::poll || !job.ops.empty())
		prove_mode(e, totals, options.mode,
			   {.operations = count,
			    .depth = shape.how == access::sync ? 1 : shape.depth,
			    .retries = nvme_retries});
}

void run_all_ways(env &e, const test_device &device, io_shape shape, const error_options &options)
{
	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync}) {
			shape.dir = dir;
			shape.how = how;
			run_with_errors(e, device, shape, options);
		}
}

void flakey(env &e)
{
	need_polling(e, access::sync);
	need_target("flakey", "CONFIG_DM_FLAKEY");
	auto range = random_range(e, 0, length);
	auto params = fmt::format("{} {} 0 60", range.disk->path, range.start); // down at once
	auto below =
		make_dm(e, {{0, length, "flakey", params}}, {{0, length, range.disk, range.start}});
	auto device = stack_linear(e, std::move(below), skipped);

	run_all_ways(e, device, {.count = 16}, {.wanted = [](const auto &) { return -EIO; }});
}

// Every so many sectors one is bad; 0 is.
bool has_bad_sector(std::uint64_t first, std::uint64_t count)
{
	return (first + bad_step - 1) / bad_step * bad_step < first + count;
}

void dust(env &e)
{
	need_polling(e, access::sync);
	need_target("dust", "CONFIG_DM_DUST");
	auto range = random_range(e, 0, length);
	auto disk = make_linear(e, {range}); // dust counts from where its disk begins
	auto below = make_dm(e, {{0, length, "dust", disk.path + " 0 512"}},
			     {{0, length, range.disk, range.start}});

	for (std::uint64_t at = 0; at < length; at += bad_step)
		below.stack.top().message(fmt::format("addbadblock {}", at));
	below.stack.top().message("enable");
	auto device = stack_linear(e, std::move(below), skipped);
	auto wanted = [](const io_op &op) {
		bool bad = has_bad_sector(op.offset / 512 + skipped, op.buffer.size() / 512);

		return bad ? -EIO : static_cast<int>(op.buffer.size());
	};

	for (auto how : {access::async, access::sync})
		run_with_errors(e, device, {.how = how, .count = 32}, {.wanted = wanted});
}

// One operation is half on the disk, half on nothing.
void half(env &e)
{
	need_polling(e, access::sync);
	auto range = random_range(e, 0, 2 * length);
	auto params = fmt::format("{} {}", range.disk->path, range.start);
	auto device = make_dm(e, {{0, length, "linear", params}, {length, length, "error", ""}},
			      {{0, 2 * length, range.disk, range.start}});
	auto wanted = [](const io_op &op) {
		bool fails = op.offset + op.buffer.size() > length * 512;

		return fails ? -EIO : static_cast<int>(op.buffer.size());
	};

	run_all_ways(e, device, {.block_size = 65536, .count = 16, .across = length},
		     {.wanted = wanted});
}

// 0, or what the disk itself says.
int try_sector(const claimed_disk &disk, std::uint64_t sector)
{
	auto file = open_file(disk.path, O_RDONLY | O_DIRECT);
	aligned_buffer memory(4096);
	auto at = static_cast<off_t>(sector * 512 / 4096 * 4096);

	if (::pread(file.get(), memory.all().data(), memory.all().size(), at) >= 0)
		return 0;
	return -errno;
}

struct bad_spot {
	disk_range around; // the bad sector is in the middle
	std::size_t disk;
	int error; // what a read of it must return
};

bad_spot find_bad_spot(const env &e)
{
	if (!e.bad_sector)
		throw skip_test{"needs --bad-sector SECTOR: a sector that one of the disks cannot "
				"read, such as one of QEMU's with blkdebug"};
	auto sector = *e.bad_sector;

	for (std::size_t at = 0; at < e.disks.size(); at++)
		if (auto error = try_sector(e.disks[at], sector))
			return {{&e.disks[at], sector - length / 2, length}, at, error};
	throw mismatch{fmt::format("read of sector {} (--bad-sector)", sector),
		       "no error on any disk", "an error"};
}

// What is at the bad spot is not known.
void exercise_medium(env &e, const test_device &device, std::uint64_t bad, int error)
{
	auto wanted = [=](const io_op &op) {
		bool fails = op.offset <= bad * 512 && op.offset + op.buffer.size() > bad * 512;

		return fails ? error : static_cast<int>(op.buffer.size());
	};

	check_polls(device);
	e.notes += fmt::format("the disk says {}\n", errno_name(-error));
	for (unsigned size : {4096U, 65536U, 1U << 20})
		for (auto how : {access::async, access::sync})
			run_with_errors(
				e, device,
				{.how = how, .block_size = size, .count = 8, .across = bad},
				{.wanted = wanted, .mode = poll_mode::poll, .check_data = false});
}

void medium_linear(env &e)
{
	need_polling(e, access::sync);
	auto spot = find_bad_spot(e);

	exercise_medium(e, make_linear(e, {spot.around}), length / 2, spot.error);
}

void medium_concat(env &e)
{
	need_polling(e, access::sync);
	e.need_disks(2);
	auto spot = find_bad_spot(e);
	auto good = random_range(e, 1 - spot.disk, length);

	exercise_medium(e, make_linear(e, {good, spot.around}), length + length / 2, spot.error);
}

} // namespace

static std::vector<test_case> errors_tests()
{
	return {
		{"errors.flakey", "dm-flakey, down, under dm-linear", flakey},
		{"errors.dust", "bad blocks of dm-dust under dm-linear", dust},
		{"errors.half", "IO of which half fails", half},
		{.name = "errors.medium-linear",
		 .what = "a bad sector of a disk that polls",
		 .run = medium_linear,
		 .on_request = true},
		{.name = "errors.medium-concat",
		 .what = "the same of one of two disks",
		 .run = medium_concat,
		 .on_request = true},
	};
}

static const test_group group{errors_tests};

} // namespace dmpoll
