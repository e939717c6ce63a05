// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

using namespace dmpoll;

namespace
{

int errno_of_reading(made_machine &machine, const std::string &name)
{
	try {
		machine.read(name);
	} catch (const std::system_error &error) {
		return error.code().value();
	}
	return 0;
}

bool says(const device_stack &stack, const std::string &part)
{
	return std::ranges::any_of(stack.unread, [&](const std::string &line) {
		return line.find(part) != line.npos;
	});
}

} // namespace

TEST(stack_reader, a_disk_with_its_driver)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 2, .is_module = true});
	const device_stack stack = machine.read("nvme0n1");
	const device_node &disk = stack.at("nvme0n1");

	EXPECT_EQ(disk.kind, node_kind::disk);
	EXPECT_TRUE(disk.blk_mq);
	EXPECT_EQ(disk.io_poll, true);
	EXPECT_EQ(disk.poll_queues, 2u);
	EXPECT_EQ(disk.scheduler, "none");
	EXPECT_EQ(disk.nowait, true);
	EXPECT_EQ(disk.path, "/dev/nvme0n1");
	EXPECT_EQ(disk.driver.name, "nvme");
	EXPECT_EQ(disk.driver.controller, "nvme0");
	EXPECT_EQ(disk.driver.transport, "pcie");
	EXPECT_EQ(disk.driver.address, "0000:00:04.0");
	EXPECT_EQ(disk.driver.poll_queues_parameter, 2u);
	EXPECT_TRUE(disk.driver.is_module);
	EXPECT_TRUE(stack.unread.empty());
}

TEST(stack_reader, an_nvme_multipath_device_lies_on_its_paths)
{
	made_machine machine;

	machine.add_nvme_head("nvme0n1", false);
	machine.add_nvme("nvme0", {.path = "nvme0c0n1"});
	machine.add_nvme("nvme1", {.poll_queues = 0, .io_poll = false, .path = "nvme0c1n1"});
	machine.add_nvme("nvme2", {.path = "nvme0c2n12"}); // of another namespace
	machine.nowait["nvme0c0n1"] = false;               // nobody may ask it
	const device_stack stack = machine.read("nvme0n1");

	EXPECT_EQ(stack.at("nvme0n1").driver.name, "nvme-multipath");
	EXPECT_EQ(stack.at("nvme0n1").lower, (std::vector<std::string>{"nvme0c0n1", "nvme0c1n1"}));
	EXPECT_EQ(leaves_of(stack), (std::vector<std::string>{"nvme0c0n1", "nvme0c1n1"}));
	EXPECT_EQ(stack.at("nvme0c0n1").driver.controller, "nvme0");
	EXPECT_EQ(stack.at("nvme0c0n1").nowait, true);
	EXPECT_TRUE(stack.unread.empty());
}

TEST(stack_reader, a_partition_shows_its_disk)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_partition("nvme0n1", 2);
	const device_stack stack = machine.read("nvme0n1p2");

	EXPECT_EQ(stack.at("nvme0n1p2").kind, node_kind::partition);
	EXPECT_EQ(stack.at("nvme0n1p2").lower, std::vector<std::string>{"nvme0n1"});
	EXPECT_EQ(stack.at("nvme0n1p2").io_poll, true);
	EXPECT_EQ(leaves_of(stack), std::vector<std::string>{"nvme0n1"});
}

TEST(stack_reader, an_lvm_like_stack)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_nvme("nvme1");
	machine.add_partition("nvme0n1", 1);
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1p1"}});
	machine.add_dm("dm-1", {.targets = {"linear", "linear"}, .lower = {"nvme1n1"}});
	machine.add_dm("dm-2", {.targets = {"striped", "linear"}, .lower = {"dm-0", "dm-1"}});
	const device_stack stack = machine.read("dm-2");

	EXPECT_EQ(stack.nodes.size(), 6u);
	EXPECT_EQ(target_types(stack.at("dm-2")), "striped, linear");
	EXPECT_EQ(target_types(stack.at("dm-1")), "linear");
	EXPECT_EQ(stack.at("dm-2").lower, (std::vector<std::string>{"dm-0", "dm-1"}));
	EXPECT_EQ(user_path(stack.at("dm-2")), "/dev/mapper/vol-2");
	EXPECT_EQ(leaves_of(stack), (std::vector<std::string>{"nvme0n1", "nvme1n1"}));
}

TEST(stack_reader, md_and_loop)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_loop("loop0", "/images/a file");
	machine.add_md("md0", "raid0", {"nvme0n1", "loop0"});
	const device_stack stack = machine.read("md0");

	EXPECT_EQ(stack.at("md0").kind, node_kind::md);
	EXPECT_EQ(stack.at("md0").md_level, "raid0");
	EXPECT_EQ(stack.at("loop0").kind, node_kind::loop);
	EXPECT_EQ(stack.at("loop0").backing_file, "/images/a file");
	EXPECT_EQ(stack.at("loop0").scheduler, "mq-deadline");
}

TEST(stack_reader, nothing_is_tried_on_what_is_suspended)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}, .suspended = true});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"dm-0"}});
	const device_stack stack = machine.read("dm-1");

	EXPECT_TRUE(stack.at("dm-1").held_up);
	EXPECT_FALSE(stack.at("dm-1").nowait);
	EXPECT_FALSE(stack.at("dm-0").nowait);
	EXPECT_EQ(stack.at("nvme0n1").nowait, true);
}

TEST(stack_reader, a_device_that_is_not_there)
{
	made_machine machine;

	EXPECT_EQ(errno_of_reading(machine, "nvme0n1"), ENODEV);
}

TEST(stack_reader, a_device_that_vanishes_meanwhile)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	stack_sources sources = machine.sources();
	sources.dm_state_of = [&](unsigned, unsigned) -> dm_state {
		machine.remove("sys/class/block/dm-0");
		throw std::system_error(ENXIO, std::generic_category(), "no table");
	};
	EXPECT_THROW(
		try { read_stack("dm-0", sources); } catch (const std::system_error &error) {
			EXPECT_EQ(error.code().value(), ENODEV);
			EXPECT_NE(std::string(error.what()).find("dm-0 is not there"),
				  std::string::npos);
			throw;
		},
		std::system_error);
}

TEST(stack_reader, a_lower_device_that_vanishes_meanwhile)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	machine.remove("sys/class/block/nvme0n1");
	EXPECT_EQ(errno_of_reading(machine, "dm-0"), ENODEV);
}

TEST(stack_reader, a_loop_in_sysfs)
{
	made_machine machine;

	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"dm-1"}});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"dm-2"}});
	machine.add_dm("dm-2", {.targets = {"linear"}, .lower = {"dm-0"}});
	EXPECT_EQ(errno_of_reading(machine, "dm-0"), ELOOP);
	machine.add_dm("dm-3", {.targets = {"linear"}, .lower = {"dm-3"}});
	EXPECT_EQ(errno_of_reading(machine, "dm-3"), ELOOP);
}

// 2^30 ways down, 60 devices.
TEST(stack_reader, many_ways_to_the_same_devices)
{
	made_machine machine;

	machine.add_dm("dm-0", {.targets = {"zero"}});
	for (int level = 1; level <= 30; level++) {
		const std::string below = "dm-" + std::to_string(2 * level - 2);

		machine.add_dm("dm-" + std::to_string(2 * level - 1),
			       {.targets = {"linear"}, .lower = {below}});
		machine.add_dm("dm-" + std::to_string(2 * level),
			       {.targets = {"linear"},
				.lower = {below, "dm-" + std::to_string(2 * level - 1)}});
	}
	EXPECT_EQ(machine.read("dm-60").nodes.size(), 61u);
}

TEST(stack_reader, no_more_devices_than_it_can_take)
{
	made_machine machine;
	std::vector<std::string> lower;

	for (unsigned at = 1; at <= max_devices; at++) {
		lower.push_back("dm-" + std::to_string(at));
		machine.write("sys", "class/block/" + lower.back() + "/dev", "1:1\n");
	}
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = lower});
	EXPECT_EQ(errno_of_reading(machine, "dm-0"), E2BIG);
}

TEST(stack_reader, no_permission_for_tables)
{
	made_machine machine;

	machine.table_error = EACCES;
	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}, .uuid = "LVM-x"});
	const device_stack stack = machine.read("dm-0");

	EXPECT_FALSE(stack.at("dm-0").table_known);
	EXPECT_EQ(stack.at("dm-0").dm->name, "vol-0");
	EXPECT_EQ(stack.at("dm-0").dm->uuid, "LVM-x");
	EXPECT_EQ(stack.at("nvme0n1").poll_queues, 1u);
	EXPECT_TRUE(says(stack, "EACCES") && says(stack, "/dev/mapper/control"));
}

TEST(stack_reader, unreadable_debugfs)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	std::filesystem::permissions(machine.path("debug"), std::filesystem::perms(0700));
	const as_nobody nobody;
	const device_stack stack = machine.read("nvme0n1");

	EXPECT_FALSE(stack.at("nvme0n1").poll_queues);
	EXPECT_EQ(stack.at("nvme0n1").io_poll, true);
	EXPECT_TRUE(says(stack, "debug/block/nvme0n1"));
}

TEST(stack_reader, no_debugfs)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = std::nullopt});
	const device_stack stack = machine.read("nvme0n1");

	EXPECT_FALSE(stack.at("nvme0n1").poll_queues);
	EXPECT_TRUE(says(stack, "is debugfs mounted"));
}

TEST(stack_reader, an_attribute_that_may_not_be_read)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	const auto attribute = machine.path("sys/class/block/nvme0n1/queue/io_poll");

	std::filesystem::permissions(attribute, std::filesystem::perms(0));
	const as_nobody nobody;
	const device_stack stack = machine.read("nvme0n1");

	EXPECT_FALSE(stack.at("nvme0n1").io_poll);
	EXPECT_TRUE(says(stack, "queue/io_poll (EACCES)"));
}

TEST(stack_reader, nonsense_in_attributes)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	for (const char *text : {"", "\n", "yes", "-", "99999999999999999999999", "1 2", "\xff\xfe",
				 "0x1", "1\033[31m"}) {
		machine.write("sys", "class/block/nvme0n1/queue/io_poll", text);
		const device_stack stack = machine.read("nvme0n1");

		EXPECT_FALSE(stack.at("nvme0n1").io_poll) << text;
		EXPECT_EQ(stack.unread.size(), 1u) << text;
		EXPECT_EQ(stack.unread.at(0).find('\033'), std::string::npos);
	}
}

TEST(stack_reader, nonsense_in_counters)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.write("debug", "block/nvme0n1/hctx1/io_poll", "considered=\n");
	machine.write("debug", "block/nvme0n1/hctx99999999999999999999/type", "poll\n");
	const device_stack stack = machine.read("nvme0n1");

	EXPECT_FALSE(stack.at("nvme0n1").poll_queues);
	EXPECT_EQ(stack.unread.size(), 1u);
}
