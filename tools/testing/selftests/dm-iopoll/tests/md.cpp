// SPDX-License-Identifier: GPL-2.0
// raid0 and linear of md: they pass bios on to their members, and poll there.
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
#include "lib/md_linear.hpp"
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

struct array_device {
	std::unique_ptr<md_array> array;
	test_device device;
};

void need_md(const env &e)
{
	for (auto how : {access::async, access::sync})
		need_polling(e, how);
	if (!md_array::can_be_made())
		throw skip_test{
			"needs md: build the kernel with CONFIG_MD_RAID0, CONFIG_MD_LINEAR"};
	if (!has_poll_net())
		throw skip_test{"needs the 5.10 series: md of other kernels does not poll"};
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

// One after the other.
std::vector<extent> line_up(const std::vector<member> &members)
{
	std::vector<extent> extents;
	std::uint64_t start = 0;

	for (const auto &each : members) {
		extents.push_back({start, each.place.length, each.place.disk, each.place.start});
		start += each.place.length;
	}
	return extents;
}

test_device describe(const md_array &array, const std::string &what,
		     const std::vector<member> &members, std::vector<extent> extents)
{
	test_device device;

	device.path = array.path();
	device.kernel_name = array.name();
	device.table = "md " + what + ", of";
	for (const auto &each : members)
		device.table += " " + each.kernel_name;
	device.mode = poll_mode::poll;
	device.extents = std::move(extents);
	return device;
}

std::string array_name(const env &e)
{
	return e.prefix.substr(0, e.prefix.size() - 1);
}

std::vector<md_member> parts_of(const std::vector<member> &members)
{
	std::vector<md_member> parts;

	for (const auto &each : members)
		parts.push_back({each.kernel_name, each.offset, each.place.length});
	return parts;
}

array_device make_raid0(env &e, const std::vector<member> &members, std::uint64_t chunk)
{
	auto array = std::make_unique<md_array>(array_name(e));

	array->start_raid0(parts_of(members), chunk);
	auto device = describe(*array, fmt::format("raid0, chunks of {} sectors", chunk), members,
			       lay_out(members, chunk));
	return {std::move(array), std::move(device)};
}

// A part of each of two disks.
std::vector<member> raw_members(env &e)
{
	std::vector<member> members;

	for (std::size_t disk = 0; disk < 2; disk++) {
		auto place = random_range(e, disk, member_length);

		members.push_back({place.disk->kernel_name, place.start, place});
	}
	return members;
}

array_device make_raid0(env &e, std::uint64_t chunk = usual_chunk)
{
	need_md(e);
	return make_raid0(e, raw_members(e), chunk);
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

	need_md(e);
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
	need_md(e);
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
			transfer(e, made.device, shape); // no EAGAIN, that is
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

void linear(env &e)
{
	need_md(e);
	auto members = raw_members(e);
	md_array array(array_name(e));

	array.start_linear(parts_of(members));
	auto device = describe(array, "linear", members, line_up(members));

	check_polls(device);
	exercise_all(e, device, {4096, 131072}, 16);
	exercise_all_ways(e, device, {.block_size = 65536, .across = member_length});
}

// Of dm devices, which begin with the superblock.
class growing_array
{
public:
	explicit growing_array(env &e)
	    : env_(e),
	      room_(random_range(e, 0, most_members * member_size)),
	      array_(array_name(e), {make_member("linear"), make_member("linear")}, length),
	      device_(describe(array_.array(), "linear", members_, line_up(members_)))
	{
	}

	void grow(const std::string &target)
	{
		array_.add(make_member(target));
		device_.extents = line_up(members_);
	}

	std::uint64_t last_seam() const { return device_.extents.back().start; }
	test_device &device() { return device_; }

private:
	static constexpr std::uint64_t length = region_sectors / 8;
	static constexpr std::uint64_t member_size = md_linear::data_offset + length;
	static constexpr std::size_t most_members = 4;

	// Kernel name of the next one, a dm-linear or another that maps like it.
	std::string make_member(const std::string &target)
	{
		auto start = room_.start + members_.size() * member_size;
		auto rest = target == "flakey" ? " 3600 0" : "";

		below_.push_back(make_dm(env_,
					 {{0, member_size, target,
					   fmt::format("{} {}{}", room_.disk->path, start, rest)}},
					 {{0, member_size, room_.disk, start}}));
		const auto &name = below_.back().kernel_name;

		members_.push_back({name, 0, {room_.disk, start + md_linear::data_offset, length}});
		return name;
	}

	env &env_;
	disk_range room_;
	std::vector<test_device> below_;
	std::vector<member> members_;
	md_linear array_;
	test_device device_;
};

// By a member that polls, then by one that does not, under a reader.
void linear_grows(env &e)
{
	need_md(e);
	need_target("flakey", "CONFIG_DM_FLAKEY");
	growing_array growing(e);
	auto &device = growing.device();

	check_polls(device);
	run_under_load(e, device, {}, [&](busy_reader &reader) {
		reader.await_reads(64, 10s);
		growing.grow("linear");
		check_polls(device);
		reader.await_reads(64, 10s);
	});
	exercise_both(e, device, poll_mode::poll);
	exercise_all_ways(e, device, {.block_size = 65536, .across = growing.last_seam()});
	run_under_load(e, device, {}, [&](busy_reader &reader) {
		reader.await_reads(64, 10s);
		growing.grow("flakey");
		check_io_poll(device.kernel_name, "0");
		reader.await_reads(64, 10s);
	});
	exercise_both(e, device, poll_mode::irq);
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
		{"md.linear", "linear of two disks, and IO across their seam", linear},
		{"md.linear-grows",
		 "linear gets a member that polls, then one that does not, under a "
		 "polled reader",
		 linear_grows},
	};
}

static const test_group group{md_tests};

} // namespace dmpoll
