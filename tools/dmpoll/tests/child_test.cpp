// SPDX-License-Identifier: GPL-2.0
#include "bench/child.hpp"

#include "shared/subprocess.hpp"
#include "stop_signals.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <system_error>

using namespace dmpoll;
using std::chrono::milliseconds;

namespace
{

class child : public testing::Test
{
protected:
	static void SetUpTestSuite() { block_watched_signals(); }
};

} // namespace

TEST_F(child, gives_output_errors_and_status)
{
	const child_result r =
		run_child({"sh", "-c", "cat; echo bad >&2; exit 3"}, {.input = "in"});

	EXPECT_EQ(r.output, "in");
	EXPECT_EQ(r.errors, "bad\n");
	EXPECT_FALSE(r.ok());
	EXPECT_EQ(r.ending(), "exit status 3");
}

TEST_F(child, output_may_be_large)
{
	const child_result r = run_child({"head", "-c", "3000000", "/dev/zero"}, {});

	EXPECT_TRUE(r.ok());
	EXPECT_EQ(r.output.size(), 3000000u);
}

TEST_F(child, missing_program_is_enoent)
{
	try {
		run_child({"no-such-program-here"}, {});
		FAIL() << "no error";
	} catch (const std::system_error &error) {
		EXPECT_EQ(error.code().value(), ENOENT);
	}
}

TEST_F(child, is_killed_at_its_limit)
{
	const auto start = std::chrono::steady_clock::now();
	const child_result r = run_child({"sleep", "60"}, {.limit = milliseconds(100)});

	EXPECT_TRUE(r.timed_out);
	EXPECT_FALSE(r.ok());
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(child, signal_is_told_apart_from_status)
{
	EXPECT_EQ(run_child({"sh", "-c", "kill -SEGV $$"}, {}).ending(),
		  "ended by signal 11 (Segmentation fault)");
}

TEST_F(child, stop_signal_kills_the_child_and_throws)
{
	const auto start = std::chrono::steady_clock::now();

	ASSERT_EQ(raise(SIGINT), 0); // blocked, hence pending
	EXPECT_THROW(run_child({"sleep", "60"}, {}), stopped);
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
	EXPECT_NO_THROW(throw_if_stopped());
}

TEST_F(child, stop_signal_is_found_between_steps)
{
	ASSERT_EQ(raise(SIGTERM), 0);
	EXPECT_THROW(throw_if_stopped(), stopped);
}

TEST_F(child, does_not_inherit_blocked_signals)
{
	const child_result r = run_child({"grep", "SigBlk", "/proc/self/status"}, {});

	EXPECT_EQ(r.output, "SigBlk:\t0000000000000000\n");
}

TEST(shell_line, quotes_only_what_needs_it)
{
	EXPECT_EQ(subprocess::shell_line({"fio", "--x=1", "/a b", "it's", ""}),
		  "fio --x=1 '/a b' 'it'\\''s' ''");
}
