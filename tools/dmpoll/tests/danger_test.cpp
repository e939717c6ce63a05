// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "check/check.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

using namespace dmpoll;

namespace
{

constexpr kernel_version base{5, 10}, debian{6, 12};

check_result look(made_machine &machine, const std::string &name, kernel_version version = debian)
{
	check_result result{.asked = {.argument = "/dev/" + name, .device = name}};

	result.stack = machine.read(name, version);
	result.found = diagnose(result.stack, {.argument = result.asked.argument});
	result.dangers = dangers_of(result.stack, result.found);
	return result;
}

// "dm-0 0": device and safe depth, worst first.
std::vector<std::string> told(const check_result &result)
{
	std::vector<std::string> list;

	for (const danger &one : result.dangers)
		list.push_back(one.device + " " + std::to_string(one.safe_depth));
	return list;
}

using strings = std::vector<std::string>;

} // namespace

TEST(danger, a_stripe_on_nvme_crashes_by_one_io)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_nvme("nvme1", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"striped"}, .lower = {"nvme0n1", "nvme1n1"}});
	const check_result result = look(machine, "dm-0");

	EXPECT_EQ(told(result), (strings{"dm-0 0", "dm-0 1023"}));
	EXPECT_THROW(refuse_dangers(result.dangers, 1), std::runtime_error);
	EXPECT_TRUE(check_text(result, {}).starts_with("do not poll /dev/dm-0: "));
	EXPECT_EQ(nlohmann::json::parse(check_json(result))["dangers"][0]["safe_depth"], 0);
}

TEST(danger, one_segment_crashes_when_deeper_than_tags)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.write("sys", "class/block/nvme0n1/queue/nr_requests", "31\n");
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	const check_result result = look(machine, "dm-0");

	EXPECT_EQ(told(result), strings{"dm-0 31"});
	EXPECT_NO_THROW(refuse_dangers(result.dangers, 31));
	EXPECT_THROW(refuse_dangers(result.dangers, 32), std::runtime_error);
}

TEST(danger, segments_count_too)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"linear", "linear"}, .lower = {"nvme0n1"}});
	EXPECT_EQ(told(look(machine, "dm-0")), (strings{"dm-0 0", "dm-0 1023"}));
}

TEST(danger, a_split_below_counts)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"linear", "linear"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"linear"}, .lower = {"dm-0"}});
	EXPECT_EQ(told(look(machine, "dm-1")), (strings{"dm-0 0", "dm-0 1023", "dm-1 1023"}));
}

TEST(danger, a_split_on_another_disk_is_lost_before_6_14)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.remove("sys/class/block/nvme0n1/device"); // so that nobody takes it for NVMe
	machine.add_dm("dm-0", {.targets = {"striped"}, .lower = {"nvme0n1"}});
	EXPECT_EQ(told(look(machine, "dm-0")), (strings{"dm-0 0", "dm-0 1023"}));
	EXPECT_EQ(told(look(machine, "dm-0", {6, 14})), strings{"dm-0 1023"});
}

TEST(danger, a_table_that_cannot_be_read_may_split)
{
	made_machine machine;

	machine.table_error = EACCES;
	machine.add_nvme("nvme0", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1"}});
	EXPECT_EQ(told(look(machine, "dm-0")), (strings{"dm-0 0", "dm-0 1023"}));
}

TEST(danger, a_polled_connection_crashes_without_dm)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false, .transport = "tcp"});
	EXPECT_EQ(told(look(machine, "nvme0n1")), strings{"nvme0n1 0"});
	EXPECT_EQ(told(look(machine, "nvme0n1", base)), strings{});
	machine.add_nvme("nvme1", {.counters = false, .transport = "rdma"});
	EXPECT_EQ(told(look(machine, "nvme1n1")), strings{"nvme1n1 0"});
}

TEST(danger, a_scheduler_merges_without_dm)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.write("sys", "class/block/nvme0n1/queue/nr_requests", "256\n");
	machine.write("sys", "class/block/nvme0n1/queue/scheduler", "[mq-deadline] kyber none\n");
	EXPECT_EQ(told(look(machine, "nvme0n1")), strings{"nvme0n1 256"});
	EXPECT_EQ(told(look(machine, "nvme0n1", base)), strings{});
	machine.write("sys", "class/block/nvme0n1/queue/scheduler", "mq-deadline [kyber] none\n");
	EXPECT_EQ(told(look(machine, "nvme0n1")), strings{});
}

TEST(danger, crypt_stalls_and_hides_no_other)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.counters = false});
	machine.add_nvme("nvme1", {.counters = false});
	machine.add_dm("dm-0", {.targets = {"crypt"}, .lower = {"nvme0n1"}});
	machine.add_dm("dm-1", {.targets = {"crypt"}, .lower = {"nvme1n1"}});
	machine.add_dm("dm-2", {.targets = {"striped"}, .lower = {"dm-0", "dm-1"}});
	const auto all = told(look(machine, "dm-2"));

	EXPECT_TRUE(std::ranges::count(all, "dm-0 0"));
	EXPECT_TRUE(std::ranges::count(all, "dm-2 0"));
	EXPECT_TRUE(std::ranges::count(all, "dm-2 1023"));
	EXPECT_TRUE(std::ranges::any_of(look(machine, "dm-0").dangers, [](const danger &one) {
		return one.text.find("takes until the timeout") != std::string::npos;
	}));
	EXPECT_EQ(told(look(machine, "dm-2", base)), strings{});
}

TEST(danger, none_where_polled_io_is_refused)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.poll_queues = 0, .io_poll = false, .counters = false});
	machine.add_dm("dm-0", {.targets = {"striped"}, .lower = {"nvme0n1"}, .io_poll = false});
	EXPECT_EQ(told(look(machine, "dm-0")), strings{});
	machine.add_dm("dm-1", {.targets = {"crypt"}, .lower = {"nvme0n1"}, .io_poll = false});
	EXPECT_EQ(told(look(machine, "dm-1")), strings{});
}

TEST(danger, none_on_the_series_and_on_a_bare_disk)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_dm("dm-0", {.targets = {"striped"}, .lower = {"nvme0n1"}});
	EXPECT_EQ(told(look(machine, "dm-0", base)), strings{});
	EXPECT_EQ(told(look(machine, "nvme0n1")), strings{});
}
