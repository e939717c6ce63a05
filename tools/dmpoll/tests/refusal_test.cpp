// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "check/refusal.hpp"

#include <gtest/gtest.h>

#include <cerrno>

using namespace dmpoll;

namespace
{

bool says(const std::string &text, const char *what)
{
	return text.find(what) != std::string::npos;
}

} // namespace

TEST(refusal, what_the_machine_tells)
{
	made_machine machine;

	machine.write("sys", "kernel/security/lockdown", "none [integrity] confidentiality\n");
	machine.write("proc", "sys/kernel/io_uring_disabled", "2\n");
	machine.write("proc", "self/status", "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n");
	const refusal_facts facts = look_for_refusals(machine.sources().roots);

	EXPECT_EQ(facts.lockdown, "integrity");
	EXPECT_EQ(facts.io_uring_disabled, "2");
	EXPECT_TRUE(facts.seccomp);
}

TEST(refusal, a_machine_that_tells_nothing)
{
	made_machine machine;

	machine.write("sys", "kernel/security/lockdown", "[none] integrity confidentiality\n");
	const refusal_facts facts = look_for_refusals(machine.sources().roots);

	EXPECT_EQ(facts.lockdown, "");
	EXPECT_EQ(facts.io_uring_disabled, "");
	EXPECT_FALSE(facts.seccomp);
}

TEST(refusal, debugfs)
{
	EXPECT_TRUE(says(why_no_debugfs({}), "run dmpoll as root"));
	EXPECT_TRUE(says(why_no_debugfs({.root = true, .lockdown = "integrity"}),
			 "locked down (integrity)"));
	EXPECT_FALSE(says(why_no_debugfs({.root = true}), "as root"));
}

TEST(refusal, io_uring)
{
	EXPECT_TRUE(says(why_no_io_uring({.root = true, .io_uring_disabled = "2"}, EPERM),
			 "io_uring_disabled is 2"));
	EXPECT_TRUE(says(
		why_no_io_uring({.root = true, .io_uring_disabled = "1", .seccomp = true}, EPERM),
		"seccomp"));
	EXPECT_TRUE(says(why_no_io_uring({.seccomp = true}, ENOSYS), "seccomp"));
	EXPECT_TRUE(says(why_no_io_uring({}, ENOSYS), "CONFIG_IO_URING"));
	EXPECT_TRUE(says(why_no_io_uring({}, ENOMEM), "ENOMEM"));
}

TEST(refusal, reading_as_root_is_not_answered_with_become_root)
{
	EXPECT_TRUE(says(why_not_readable({}), "run dmpoll as root"));
	EXPECT_FALSE(says(why_not_readable({.root = true}), "run dmpoll as root"));
}
