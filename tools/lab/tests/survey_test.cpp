// SPDX-License-Identifier: GPL-2.0
#include "survey.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace lab
{
namespace
{

TEST(survey, tells_a_stall_from_a_failure_and_gives_the_reason)
{
	const auto found = finding_of({"end:    stalled", "what:   milliseconds", "got:    30123",
				       "wanted: at most 2000", "device: dm-0", "kernel: one",
				       "kernel: two", "seed:   1"});
	EXPECT_EQ(found.state, test_state::stalled);
	EXPECT_EQ(found.reason, "milliseconds; got 30123; wanted at most 2000; kernel one");
	EXPECT_EQ(found.where, "device dm-0, seed 1");
	EXPECT_EQ(finding_of({"what:   x"}).state, test_state::failed);
}

TEST(survey, finds_the_fault_on_a_console)
{
	const auto path = std::filesystem::temp_directory_path() / "lab-fault-test.console";
	std::ofstream(path)
		<< "RIP: 0010:before+0x1\n[    3.1] BUG: kernel NULL pointer, x\r\n"
		<< "[    3.2] RIP: 0010:dm_submit_bio+0x28f/0x3f0\nRIP: 0010:later+0x1\n";
	EXPECT_EQ(fault_on(path), "BUG: kernel NULL pointer, x, in dm_submit_bio");
	std::ofstream(path)
		<< "[    3.1] sysrq: Show Blocked State\r\n[    3.2] BUG: of the dump\r\n";
	EXPECT_EQ(fault_on(path), "");
	std::filesystem::remove(path);
	EXPECT_EQ(fault_on(path), "");
}

} // namespace
} // namespace lab
