// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "check/check.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace dmpoll;

namespace
{

check_result result_for(made_machine &machine, const std::string &name)
{
	check_result result{.asked = {.argument = "/dev/" + name, .device = name}};

	result.stack = machine.read(name);
	result.found = diagnose(result.stack, {.argument = result.asked.argument});
	return result;
}

void add_mirrored_stack(made_machine &machine)
{
	machine.add_nvme("nvme0");
	machine.add_nvme("nvme1", {.io_poll = false});
	machine.add_partition("nvme0n1", 1);
	machine.add_dm("dm-0", {.targets = {"linear"}, .lower = {"nvme0n1p1"}});
	machine.add_dm("dm-1",
		       {.targets = {"linear"}, .lower = {"nvme1n1", "nvme0n1"}, .io_poll = false});
	machine.add_dm(
		"dm-2",
		{.targets = {"striped", "linear"}, .lower = {"dm-0", "dm-1"}, .io_poll = false});
}

constexpr const char *golden =
	R"(DEVICE          TYPE  TARGETS          IO_POLL  POLL QUEUES  SCHEDULER  NOWAIT  VERDICT
dm-2 (vol-2)    dm    striped, linear  0        -            none       yes     not polled
|-dm-0 (vol-0)  dm    linear           1        -            none       yes     polled
| `-nvme0n1p1   part  -                1        1            none       yes     polled
|   `-nvme0n1   nvme  -                1        1            none       yes     polled
`-dm-1 (vol-1)  dm    linear           0        -            none       yes     not polled
  |-nvme0n1     nvme  -                1        1            none       yes     polled
  `-nvme1n1     nvme  -                0        1            none       yes     not polled

/dev/dm-2: not polled, because polling of nvme1n1 is switched off (queue/io_poll reads 0)
cure: switch it on
    echo 1 >/sys/block/nvme1n1/queue/io_poll
IO that asks for polling completes by interrupt.
)";

} // namespace

TEST(check_text, the_tree)
{
	made_machine machine;

	add_mirrored_stack(machine);
	EXPECT_EQ(check_text(result_for(machine, "dm-2"), {}), golden);
}

TEST(check_text, every_problem_comes_with_its_cure)
{
	made_machine machine;

	machine.add_nvme("nvme0", {.io_poll = false});
	machine.add_dm("dm-0", {.targets = {"crypt"}, .lower = {"nvme0n1"}, .io_poll = false});
	const std::string text = check_text(result_for(machine, "dm-0"), {});

	EXPECT_NE(text.find("not polled, because the dm target crypt of dm-0 (vol-0) sends bios"),
		  std::string::npos);
	EXPECT_NE(text.find("\nalso: polling of nvme0n1 is switched off (queue/io_poll reads 0)\n"
			    "cure: switch it on\n"
			    "    echo 1 >/sys/block/nvme0n1/queue/io_poll\n"),
		  std::string::npos);
}

TEST(check_text, colours_only_when_wanted)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	const check_result result = result_for(machine, "nvme0n1");

	EXPECT_EQ(check_text(result, {}).find('\033'), std::string::npos);
	EXPECT_NE(check_text(result, {.colours = true}).find("\033[32mpolled\033[0m"),
		  std::string::npos);
}

TEST(check_text, names_cannot_draw_on_the_terminal)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.add_loop("loop0", "/tmp/\033[2Jfile");
	EXPECT_EQ(check_text(result_for(machine, "loop0"), {}).find('\033'), std::string::npos);
}

TEST(check_json, is_for_programs)
{
	made_machine machine;

	add_mirrored_stack(machine);
	const auto all = nlohmann::json::parse(check_json(result_for(machine, "dm-2")));

	EXPECT_EQ(all.at("verdict"), "not polled");
	EXPECT_EQ(all.at("iopoll"), "interrupt");
	EXPECT_EQ(all.at("nodes").size(), 6u);
	EXPECT_EQ(all.at("problems").at(0).at("code"), "switched-off");
	EXPECT_EQ(all.at("problems").at(0).at("device"), "nvme1n1");
	EXPECT_EQ(all.at("problems").at(0).at("cure").at("commands").at(0),
		  "echo 1 >/sys/block/nvme1n1/queue/io_poll");
	EXPECT_EQ(all.at("nodes").at(2).at("table").at(1).at("target"), "linear");
}

TEST(check_json, any_bytes_in_names)
{
	made_machine machine;

	machine.add_loop("loop0", "/tmp/\xff\xfe\"\n");
	EXPECT_TRUE(nlohmann::json::accept(check_json(result_for(machine, "loop0"))));
}
