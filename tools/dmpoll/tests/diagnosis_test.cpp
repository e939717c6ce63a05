// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "check/diagnosis.hpp"

#include <gtest/gtest.h>

using namespace dmpoll;

namespace
{

constexpr kernel_version base{5, 10}, debian{6, 12};

diagnosis diagnose_device(made_machine &machine, const std::string &name,
			  kernel_version version = base)
{
	return diagnose(machine.read(name, version), {.argument = "/dev/" + name});
}

// Codes with the devices they are about, in order: "no-poll-queues nvme0n1".
std::vector<std::string> codes(const diagnosis &d)
{
	std::vector<std::string> list;

	for (const problem &one : d.whole.problems)
		list.push_back(one.code + (one.device.empty() ? "" : " " + one.device));
	return list;
}

using strings = std::vector<std::string>;

} // namespace

TEST(diagnosis, a_disk_with_poll_queues_polls)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_partition("nvme0n1", 1);
	const diagnosis d = diagnose_device(machine, "nvme0n1p1");

	EXPECT_EQ(d.whole.verdict(), polling::yes);
	EXPECT_EQ(d.async, io_fate::polled);
	EXPECT_EQ(d.sync, io_fate::polled);
}

TEST(diagnosis, newer_kernels_ignore_hipri)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	const diagnosis d = diagnose_device(machine, "nvme0n1", debian);

	EXPECT_EQ(d.async, io_fate::polled);
	EXPECT_EQ(d.sync, io_fate::interrupt);
}

// RHEL 9: it calls itself 5.14, and has a block layer of 6.x.
TEST(diagnosis, a_vendor_kernel_is_judged_by_its_block_layer)
{
	made_machine machine;
	const kernel_version vendor{5, 14};

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"crypt"}, .lower = {"nvme0n1"}, .io_poll_delay = 0});
	EXPECT_EQ(diagnose_device(machine, "dm-0", vendor).async, io_fate::stalls); // a backport
	machine.add_dm("dm-1", {.targets = {"linear"},
				.lower = {"nvme0n1"},
				.io_poll = false,
				.io_poll_delay = 0});
	EXPECT_EQ(codes(diagnose_device(machine, "dm-1", vendor)), strings{"kernel dm-1"});
	machine.write("sys", "class/block/nvme0n1/queue/dma_alignment", "3\n");
	const diagnosis d = diagnose_device(machine, "nvme0n1", vendor);

	EXPECT_EQ(d.async, io_fate::polled);
	EXPECT_EQ(d.sync, io_fate::interrupt);
	EXPECT_FALSE(d.rules.io_poll_writable());
	EXPECT_EQ(d.rules.dm, dm_polling::upstream);
}

TEST(diagnosis, an_nvme_multipath_device)
{
	made_machine machine;

	machine.add_nvme_head("nvme0n1", false);
	machine.add_nvme("nvme0", {.path = "nvme0c0n1"});
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{"nvme-multipath nvme0n1"});
	machine.write("sys", "class/block/nvme0n1/queue/io_poll_delay", "-1\n"); // the series
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{"switched-off nvme0n1"});
	machine.write("sys", "class/block/nvme0n1/queue/io_poll", "1\n");
	EXPECT_EQ(diagnose_device(machine, "nvme0n1").async, io_fate::polled);
	made_machine newer;

	newer.add_nvme_head("nvme0n1", true);
	newer.add_nvme("nvme0", {.path = "nvme0c0n1"});
	EXPECT_EQ(diagnose_device(newer, "nvme0n1", debian).async, io_fate::polled);
	newer.add_nvme("nvme1", {.poll_queues = 0, .io_poll = false, .path = "nvme0c1n1"});
	EXPECT_EQ(codes(diagnose_device(newer, "nvme0n1", debian)),
		  strings{"no-poll-queues nvme0c1n1"});
}

TEST(diagnosis, a_disk_without_poll_queues)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 0, .io_poll = false});
	const diagnosis d = diagnose_device(machine, "nvme0n1");

	EXPECT_EQ(codes(d), strings{"no-poll-queues nvme0n1"});
	EXPECT_EQ(d.whole.verdict(), polling::no);
	EXPECT_EQ(d.async, io_fate::interrupt);
	const cure &help = d.whole.problems[0].help;

	EXPECT_NE(help.text.find("nvme.poll_queues=1 on the kernel command line"),
		  std::string::npos);
	EXPECT_EQ(help.commands, (strings{"echo 1 >/sys/module/nvme/parameters/poll_queues",
					  "echo 0000:00:04.0 >/sys/bus/pci/drivers/nvme/unbind",
					  "echo 0000:00:04.0 >/sys/bus/pci/drivers/nvme/bind"}));
}

TEST(diagnosis, the_cure_depends_on_how_the_driver_is_loaded)
{
	made_machine module, fabrics;

	module.add_nvme("nvme0", {.poll_queues = 0, .io_poll = false, .is_module = true});
	EXPECT_NE(diagnose_device(module, "nvme0n1")
			  .whole.problems[0]
			  .help.text.find(
				  "'options nvme poll_queues=1' in /etc/modprobe.d/nvme.conf"),
		  std::string::npos);
	fabrics.add_nvme("nvme3", {.poll_queues = 0, .io_poll = false, .transport = "tcp"});
	EXPECT_NE(diagnose_device(fabrics, "nvme3n1")
			  .whole.problems[0]
			  .help.text.find("--nr-poll-queues=1"),
		  std::string::npos);
}

// 5.10 leaves the flag set when a reset took the queues away.
TEST(diagnosis, poll_queues_count_for_more_than_the_flag)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 0, .io_poll = true});
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{"no-poll-queues nvme0n1"});
}

TEST(diagnosis, a_disk_that_is_switched_off)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.io_poll = false});
	machine.add_partition("nvme0n1", 1);
	const diagnosis d = diagnose_device(machine, "nvme0n1p1");

	EXPECT_EQ(codes(d), strings{"switched-off nvme0n1"});
	EXPECT_EQ(d.whole.problems[0].help.commands,
		  strings{"echo 1 >/sys/block/nvme0n1/queue/io_poll"});
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1", debian)), strings{"driver nvme0n1"});
}

TEST(diagnosis, without_debugfs_the_parameter_hints_at_the_cause)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = std::nullopt, .io_poll = false});
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{"switched-off nvme0n1"});
	machine.write("sys", "module/nvme/parameters/poll_queues", "0\n");
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{"no-poll-queues nvme0n1"});
}

TEST(diagnosis, linear_and_stripe_on_the_series)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_nvme("nvme1");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"striped"}, .lower = {"nvme0n1", "nvme1n1"}});
	machine.add_dm("dm-2", {.targets = {"linear", "striped", "unstriped", "switch"},
				.lower = {"dm-0", "dm-1"}});
	for (const char *name : {"dm-0", "dm-1", "dm-2"})
		EXPECT_EQ(codes(diagnose_device(machine, name)), strings{}) << name;
}

TEST(diagnosis, a_kernel_that_does_not_poll_dm)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"},
				.lower = {"nvme0n1"},
				.io_poll = false,
				.io_poll_delay = 0});
	EXPECT_EQ(codes(diagnose_device(machine, "dm-0")), strings{"kernel dm-0"});
	EXPECT_EQ(diagnose_device(machine, "dm-0").async, io_fate::interrupt);
	EXPECT_EQ(codes(diagnose_device(machine, "nvme0n1")), strings{});
}

// 5.10 marks asynchronous polled IO as IO that may not wait.
TEST(diagnosis, without_nowait_such_a_kernel_refuses)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"striped"},
				.lower = {"nvme0n1"},
				.io_poll = false,
				.io_poll_delay = 0});
	machine.nowait["dm-0"] = false;
	const diagnosis d = diagnose_device(machine, "dm-0");

	EXPECT_EQ(d.async, io_fate::refused);
	EXPECT_EQ(d.sync, io_fate::interrupt);
}

TEST(diagnosis, crypt_over_linear)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"crypt"}, .lower = {"dm-0"}, .io_poll = false});
	const diagnosis d = diagnose_device(machine, "dm-1");

	EXPECT_EQ(codes(d), strings{"target dm-1"});
	EXPECT_EQ(d.nodes.at("dm-0").verdict(), polling::yes);
	EXPECT_TRUE(d.whole.problems[0].help.commands.empty());
	EXPECT_EQ(d.async, io_fate::interrupt);
}

TEST(diagnosis, crypt_stalls_upstream)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"crypt"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"dm-0"}});
	const diagnosis d = diagnose_device(machine, "dm-1", debian);

	EXPECT_EQ(codes(d), strings{"target-stalls dm-0"});
	EXPECT_EQ(d.async, io_fate::stalls);
	EXPECT_EQ(d.sync, io_fate::interrupt);
}

TEST(diagnosis, other_targets_upstream_have_to_be_measured)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"thin"}, .lower = {"nvme0n1"}});
	const diagnosis d = diagnose_device(machine, "dm-0", debian);

	EXPECT_EQ(d.whole.verdict(), polling::unknown);
	EXPECT_EQ(d.whole.problems[0].help.commands, strings{"dmpoll prove /dev/dm-0"});
}

TEST(diagnosis, what_newer_kernels_do_not_poll_they_refuse)
{
	made_machine machine;

	machine.add_loop("loop0", "/file");
	EXPECT_EQ(diagnose_device(machine, "loop0", debian).async, io_fate::refused);
	EXPECT_EQ(diagnose_device(machine, "loop0", {6, 1}).async, io_fate::unknown);
	EXPECT_EQ(diagnose_device(machine, "loop0", debian).sync, io_fate::interrupt);
}

TEST(diagnosis, mixed_legs)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_nvme("nvme1", {.poll_queues = 0, .io_poll = false});
	machine.add_loop("loop0", "/file");
	machine.add_dm("dm-0", {.targets = {"linear"},
				.lower = {"nvme0n1", "nvme1n1", "loop0"},
				.io_poll = false});
	const diagnosis d = diagnose_device(machine, "dm-0");

	EXPECT_EQ(codes(d), (strings{"loop loop0", "no-poll-queues nvme1n1"}));
	EXPECT_EQ(d.nodes.at("nvme0n1").verdict(), polling::yes);
	EXPECT_EQ(d.nodes.at("dm-0").verdict(), polling::no);
}

TEST(diagnosis, one_problem_reached_in_two_ways_is_told_once)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.io_poll = false});
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}, .io_poll = false});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"nvme0n1"}, .io_poll = false});
	machine.add_dm("dm-2",
		       {.targets = {"striped"}, .lower = {"dm-0", "dm-1"}, .io_poll = false});
	EXPECT_EQ(codes(diagnose_device(machine, "dm-2")), strings{"switched-off nvme0n1"});
}

TEST(diagnosis, a_dm_device_that_is_switched_off)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}, .io_poll = false});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"dm-0"}, .io_poll = false});
	const diagnosis d = diagnose_device(machine, "dm-1");

	EXPECT_EQ(codes(d), strings{"switched-off dm-0"});
	EXPECT_EQ(d.whole.problems[0].help.commands,
		  strings{"echo 1 >/sys/block/dm-0/queue/io_poll || { dmsetup table vol-0 | "
			  "dmsetup load vol-0 && dmsetup resume vol-0; }"});
}

TEST(diagnosis, levels_of_md_that_poll)
{
	for (const std::string level : {"raid0", "linear"}) {
		made_machine machine;

		machine.add_nvme("nvme0");
		machine.add_md("md0", level, {"nvme0n1"});
		EXPECT_EQ(codes(diagnose_device(machine, "md0")), strings{"md md0"});
		machine.write("sys", "class/block/md0/queue/io_poll_delay", "-1\n"); // the series
		EXPECT_EQ(codes(diagnose_device(machine, "md0")), strings{"md-" + level + " md0"});
		machine.write("sys", "class/block/md0/queue/io_poll", "1\n");
		EXPECT_EQ(diagnose_device(machine, "md0").async, io_fate::polled);
	}
}

TEST(diagnosis, md_raid0_of_what_does_not_poll)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 0, .io_poll = false});
	machine.add_md("md0", "raid0", {"nvme0n1"});
	machine.write("sys", "class/block/md0/queue/io_poll_delay", "-1\n");
	EXPECT_EQ(codes(diagnose_device(machine, "md0")), strings{"no-poll-queues nvme0n1"});
}

TEST(diagnosis, other_levels_of_md)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_md("md0", "raid1", {"nvme0n1"});
	machine.write("sys", "class/block/md0/queue/io_poll_delay", "-1\n");
	EXPECT_EQ(codes(diagnose_device(machine, "md0")), strings{"md md0"});
}

TEST(diagnosis, suspended)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}, .suspended = true});
	const diagnosis d = diagnose_device(machine, "dm-0");

	EXPECT_EQ(d.whole.verdict(), polling::unknown);
	EXPECT_EQ(d.async, io_fate::waits);
	EXPECT_EQ(d.whole.problems[0].help.commands, strings{"dmsetup resume vol-0"});
}

// Its next table may be another one.
TEST(diagnosis, suspended_with_a_table_that_does_not_poll)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 0, .io_poll = false});
	machine.add_dm(
		"dm-0",
		{.targets = {"crypt"}, .lower = {"nvme0n1"}, .io_poll = false, .suspended = true});
	const diagnosis d = diagnose_device(machine, "dm-0");

	EXPECT_EQ(d.whole.verdict(), polling::unknown);
	EXPECT_EQ(codes(d), (strings{"suspended dm-0", "target dm-0", "no-poll-queues nvme0n1"}));
}

TEST(diagnosis, no_table)
{
	made_machine machine;

	machine.add_dm("dm-0", {.io_poll = false});
	EXPECT_EQ(codes(diagnose_device(machine, "dm-0")), strings{"no-table dm-0"});
}

// On 5.10 io_poll of a dm device is 1 only where the series makes it true.
TEST(diagnosis, without_permission_for_the_table)
{
	made_machine machine;

	machine.table_error = EACCES;
	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"thin"}, .lower = {"nvme0n1"}, .io_poll = false});
	machine.add_dm("dm-2", {.targets = {"crypt"},
				.lower = {"nvme0n1"},
				.io_poll = false,
				.uuid = "CRYPT-LUKS2-1"});
	EXPECT_EQ(diagnose_device(machine, "dm-0").whole.verdict(), polling::yes);
	EXPECT_EQ(codes(diagnose_device(machine, "dm-1")), strings{"table-unknown dm-1"});
	EXPECT_EQ(codes(diagnose_device(machine, "dm-2")), strings{"target dm-2"});
	const diagnosis upstream = diagnose_device(machine, "dm-0", debian);

	EXPECT_EQ(upstream.whole.verdict(), polling::unknown);
	EXPECT_EQ(upstream.whole.problems[0].help.commands, strings{"sudo dmpoll check /dev/dm-0"});
}

TEST(diagnosis, file_systems)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	const device_stack stack = machine.read("nvme0n1");

	for (const char *type : {"ext4", "xfs"})
		EXPECT_EQ(diagnose(stack, {.filesystem = type}).whole.verdict(), polling::yes);
	const diagnosis fat = diagnose(stack, {.filesystem = "vfat"});

	EXPECT_EQ(codes(fat), strings{"file-system"});
	EXPECT_EQ(fat.async, io_fate::refused);
	EXPECT_EQ(fat.sync, io_fate::interrupt);
}

TEST(diagnosis, arguments_in_commands_are_quoted)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"thin"}, .lower = {"nvme0n1"}});
	const diagnosis d = diagnose(machine.read("dm-0", debian), {.argument = "/a b/$(reboot)"});

	EXPECT_EQ(d.whole.problems[0].help.commands, strings{"dmpoll prove '/a b/$(reboot)'"});
}
