// SPDX-License-Identifier: GPL-2.0
// raid0 of md: it passes bios on to its members, and polls there.
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/made_disk.hpp"
#include "lib/patience.hpp"
#include "lib/poll_net.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"
#include "trouble.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t usual_chunk = 32, small_chunk = 8; // sectors
constexpr std::uint64_t member_length = region_sectors / 2;

struct member {
	std::string kernel_name;
	std::uint64_t offset; // sectors: where its part of the data begins
	disk_range place;     // and where that is on a disk
};

struct raid0 {
	std::unique_ptr<md_array> array;
	test_device device;
};

void need_raid0(const env &e)
{
	for (auto how : {access::async, access::sync})
		need_polling(e, how);
	if (!md_array::can_be_made())
		throw skip_test{"needs md: build the kernel with CONFIG_MD_RAID0"};
	if (!has_poll_net())
		throw skip_test{"needs the 5.10 series: raid0 of other kernels does not poll"};
}

// Chunks go to the members in turn.
std::vector<extent> lay_out(const std::vector<member> &members, std::uint64_t chunk)
{
	std::vector<extent> extents;

	for (std::uint64_t number = 0; number < members.size() * member_length / chunk; number++) {
		const auto &place = members[number % members.size()].place;

		extents.push_back({number * chunk, chunk, place.disk,
				   place.start + number / members.size() * chunk});
	}
	return extents;
}

raid0 make_raid0(env &e, const std::vector<member> &members, std::uint64_t chunk)
{
	raid0 made{std::make_unique<md_array>(e.prefix.substr(0, e.prefix.size() - 1)), {}};
	const auto &array = *made.array;
	std::vector<md_member> parts;
	std::string names;

	for (const auto &each : members) {
		parts.push_back({each.kernel_name, each.offset, member_length});
		names += " " + each.kernel_name;
	}
	array.start_raid0(parts, chunk);
	made.device.path = array.path();
	made.device.kernel_name = array.name();
	made.device.table = fmt::format("md raid0, chunks of {} sectors, of{}", chunk, names);
	made.device.mode = poll_mode::poll;
	made.device.extents = lay_out(members, chunk);
	return made;
}

raid0 make_raid0(env &e, std::uint64_t chunk = usual_chunk)
{
	std::vector<member> members;

	need_raid0(e);
	for (std::size_t disk = 0; disk < 2; disk++) {
		auto place = random_range(e, disk, member_length);

		members.push_back({place.disk->kernel_name, place.start, place});
	}
	return make_raid0(e, members, chunk);
}

void read_and_write(env &e)
{
	auto made = make_raid0(e);

	check_polls(made.device);
	exercise_all(e, made.device, {4096, 32768, 131072, 1 << 20}, 16);
}

// Each IO is four requests, two to each disk.
void split(env &e)
{
	auto made = make_raid0(e, small_chunk);

	for (auto dir : {direction::read, direction::write})
		for (unsigned depth : {1U, 128U})
			exercise(e, made.device,
				 {.dir = dir, .block_size = 16384, .count = 256, .depth = depth});
}

// Shifted by what is no multiple of the chunk.
void below_dm(env &e)
{
	auto made = make_raid0(e, small_chunk);
	auto device = stack_linear(e, std::move(made.device), 1004);

	check_polls(device);
	exercise_all(e, device, {4096, 65536}, 16);
}

void over_dm(env &e)
{
	std::vector<test_device> below;
	std::vector<member> members;

	need_raid0(e);
	for (std::size_t disk = 0; disk < 2; disk++) {
		auto place = random_range(e, disk, member_length);

		below.push_back(make_linear(e, {place}));
		members.push_back({below.back().kernel_name, 0, place});
	}
	auto made = make_raid0(e, members, small_chunk);

	check_polls(made.device);
	exercise_all(e, made.device, {4096, 65536}, 16);
}

// dm-flakey does not poll, though the disk below it does.
void unpolled_member(env &e)
{
	need_raid0(e);
	need_target("flakey", "CONFIG_DM_FLAKEY");
	auto first = random_range(e, 0, member_length), second = random_range(e, 1, member_length);
	auto flakey = make_dm(e,
			      {{0, member_length, "flakey",
				fmt::format("{} {} 3600 0", second.disk->path, second.start)}},
			      {{0, member_length, second.disk, second.start}});
	auto made = make_raid0(
		e, {{first.disk->kernel_name, first.start, first}, {flakey.kernel_name, 0, second}},
		usual_chunk);

	check_io_poll(made.array->name(), "0");
	check_equal("errno of writing 1 to io_poll of " + made.array->name(),
		    errno_name(try_set_queue(made.array->name(), "io_poll", "1")),
		    errno_name(EINVAL));
	made.device.mode = poll_mode::irq;
	exercise(e, made.device, {.how = access::sync});
}

void io_poll(env &e)
{
	auto made = make_raid0(e);
	queue_setting setting(made.array->name(), "io_poll");

	setting.set("0");
	check_io_poll(made.array->name(), "0");
	exercise_both(e, made.device, poll_mode::irq);
	setting.set("1");
	check_polls(made.device);
	exercise_both(e, made.device, poll_mode::poll);
}

// Each IO is more requests than the disks have tags, so that part of it is
// refused and io_uring sends it again, polled or not.
void few_tags(env &e)
{
	auto made = make_raid0(e, small_chunk);
	auto trouble = few_tags_trouble().make(e, made.device);
	io_shape shape{.block_size = 65536, .count = 64, .depth = 16};

	for (bool polled : {true, false})
		for (auto dir : {direction::read, direction::write}) {
			shape.polled = polled;
			shape.dir = dir;
			auto data_seed = e.random();
			auto job = make_seeded_job(e, made.device, shape, data_seed);
			auto file = open_file(made.device.path, O_RDWR | O_DIRECT);

			run_async(file.get(), job, {});
			check_results(job, poll_mode::poll); // no EAGAIN, that is
			check_job(made.device, job, data_seed);
		}
}

void stopped(env &e)
{
	auto made = make_raid0(e);
	idle_submitter submitter(e, made.device, {.count = 32, .depth = 32});
	stopwatch watch;

	submitter.stop();
	while (!read_all_rescued())
		check_at_most("milliseconds until the kernel polls", watch.elapsed().count(),
			      patient(2000L));
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
	exercise(e, made.device, {});
}

// raid10 does not poll. A reader goes on, whatever the level.
void becomes_raid10(env &e)
{
	auto made = make_raid0(e);
	const auto &array = *made.array;

	run_under_load(e, made.device, {}, [&](busy_reader &reader) {
		for (int round = 0; round < 5; round++) {
			array.set("level", "raid10");
			check_io_poll(array.name(), "0");
			reader.await_reads(64, 5s);
			array.set("level", "raid0");
			check_polls(made.device);
			reader.await_reads(64, 5s);
		}
	});
	exercise_both(e, made.device, poll_mode::poll);
	array.set("level", "raid10");
	made.device.mode = poll_mode::irq;
	exercise(e, made.device, {.how = access::sync});
}

} // namespace

static std::vector<test_case> md_tests()
{
	return {
		{"md.raid0", "reads and writes within a chunk and across many", read_and_write},
		{"md.raid0-split", "16 KiB over four chunks of 4 KiB, depth 1 and 128", split},
		{"md.below-dm", "dm-linear on raid0", below_dm},
		{"md.over-dm", "raid0 of two dm-linear", over_dm},
		{"md.unpolled-member", "raid0 of which one member does not poll", unpolled_member},
		{"md.io-poll", "queue/io_poll of raid0 turns polling off and on", io_poll},
		{"md.few-tags", "64 KiB over chunks of 4 KiB, of disks with 4 tags", few_tags},
		rescued({"md.stopped", "a stopped submitter to raid0: the kernel polls", stopped}),
		{"md.becomes-raid10", "raid0 becomes raid10 and back under a polled reader",
		 becomes_raid10},
	};
}

static const test_group group{md_tests};

} // namespace dmpoll
