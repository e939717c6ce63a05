// SPDX-License-Identifier: GPL-2.0
#include "accel.hpp"
#include "run.hpp"
#include "run_report.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::ElementsAre;
using testing::IsEmpty;

guest_outcome exited(int code)
{
	guest_outcome outcome;
	outcome.exit_code = code;
	return outcome;
}

TEST(judge, follows_the_command)
{
	EXPECT_EQ(judge(exited(0)), verdict::pass);
	EXPECT_EQ(judge(exited(1)), verdict::failed);
	EXPECT_EQ(judge(exited(77)), verdict::failed);
	EXPECT_EQ(judge(exited(4)), verdict::skip);
}

TEST(judge, takes_a_killed_command_for_failed)
{
	guest_outcome outcome;
	outcome.signal = 11;
	EXPECT_EQ(judge(outcome), verdict::failed);
}

TEST(judge, does_not_believe_a_pass_with_an_unclean_log)
{
	for (const int code : {0, 4}) {
		auto outcome = exited(code);
		outcome.console.feed("WARNING: oh\n");
		EXPECT_EQ(judge(outcome), verdict::failed);
	}
}

TEST(judge, takes_a_fault_or_silence_about_the_status_for_a_lost_guest)
{
	EXPECT_EQ(judge(guest_outcome()), verdict::guest_lost);
	auto outcome = exited(0);
	outcome.console.feed("Oops: 0000 [#1]\n");
	EXPECT_EQ(judge(outcome), verdict::guest_lost);
}

TEST(judge, puts_a_limit_before_all_else)
{
	auto outcome = exited(0);
	outcome.limit = guest_limit::total;
	EXPECT_EQ(judge(outcome), verdict::timed_out);
}

bool died_of_emulation_with(const guest_outcome &outcome, std::string_view log)
{
	const auto console = std::filesystem::path(testing::TempDir()) / "lab-emulation.log";
	std::ofstream(console) << log;
	const bool result = died_of_emulation(outcome, console);
	std::filesystem::remove(console);
	return result;
}

TEST(died_of_emulation, only_before_anything_was_run)
{
	constexpr std::string_view log = "[    0.464463] BUG: kernel NULL pointer dereference\n"
					 "[    0.470126] RIP: 0010:mask_ioapic_irq+0x11/0xb0\n";
	guest_outcome outcome;
	EXPECT_TRUE(died_of_emulation_with(outcome, log));
	EXPECT_FALSE(died_of_emulation_with(exited(1), log));
	outcome.boot = std::chrono::milliseconds(1);
	EXPECT_FALSE(died_of_emulation_with(outcome, log));
}

TEST(died_of_emulation, only_of_what_is_known)
{
	const guest_outcome lost;
	EXPECT_FALSE(died_of_emulation_with(lost, "RIP: 0010:dm_submit_bio+0x11/0xb0\n"));
	EXPECT_TRUE(died_of_emulation_with(lost, "Oops: int3: 0000 [#1] PREEMPT SMP PTI\n"
						 "RIP: 0010:run_timer_softirq+0xd7/0xf0\n"
						 "Code: b5 e8 7a 16 b4 00 eb <0a> 48 83\n"));
	EXPECT_FALSE(died_of_emulation_with(lost, "int3: 0000 [#1] SMP\n"
						  "Code: b5 e8 7a 16 b4 00 cc <0a> 48 83\n"
						  "Code: b5 e8 7a 16 b4 00 eb <0a> 48 83\n"));
}

TEST(paths_to_keep, are_those_that_the_guest_would_hide)
{
	EXPECT_THAT(paths_to_keep("/usr/bin", {"ls", "/usr", "relative"}), IsEmpty());
	EXPECT_THAT(paths_to_keep("/tmp/clone", {"./x"}), ElementsAre("/tmp/clone"));
	EXPECT_THAT(paths_to_keep("/tmp", {"/tmp", "/tmp/no/such/file"}), IsEmpty());
}

TEST(accel_cache, holds_for_one_boot)
{
	const accel_verdict no{.accel = accelerator::tcg, .reason = "KVM hung"};
	const auto text = encode_verdict(no, "boot-1");
	const auto again = decode_verdict(text, "boot-1");
	ASSERT_TRUE(again);
	EXPECT_EQ(again->accel, accelerator::tcg);
	EXPECT_EQ(again->reason, "KVM hung");
	EXPECT_TRUE(again->cached);
	EXPECT_FALSE(decode_verdict(text, "boot-2"));
}

TEST(accel_cache, is_ignored_when_damaged)
{
	EXPECT_FALSE(decode_verdict("", "b"));
	EXPECT_FALSE(decode_verdict("b\nxen\nwhy\n", "b"));
	EXPECT_FALSE(decode_verdict("b\nkvm\n", "b"));
}

TEST(emulation_warning, is_only_for_emulation)
{
	EXPECT_THAT(emulation_warning({.accel = accelerator::kvm, .reason = "ran"}), IsEmpty());
	EXPECT_THAT(emulation_warning({.accel = accelerator::tcg, .reason = "hung"}),
		    testing::HasSubstr("EMULATED"));
}

} // namespace
} // namespace lab
