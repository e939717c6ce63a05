// SPDX-License-Identifier: GPL-2.0
#include "cli.hpp"

#include <cstdlib>
#include <initializer_list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::ElementsAre;
using testing::HasSubstr;

command parse(std::initializer_list<const char *> words)
{
	std::vector<const char *> argv{"lab"};
	argv.insert(argv.end(), words);
	return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

class cli : public testing::Test
{
protected:
	void SetUp() override
	{
		unsetenv("LAB_KERNEL");
		unsetenv("LAB_CONSOLE");
	}
};

TEST_F(cli, run_has_the_documented_defaults)
{
	const auto o = std::get<run_options>(parse({"run", "--kernel", "k", "--", "true"}));
	EXPECT_EQ(o.kernel, "k");
	EXPECT_EQ(o.cpus, 2U);
	EXPECT_EQ(o.memory_mib, 1024U);
	EXPECT_EQ(o.nvme.count, 1U);
	EXPECT_EQ(o.nvme.bytes_each, 1ULL << 30);
	EXPECT_EQ(o.nvme_queues, 4U);
	EXPECT_EQ(o.poll_queues, 1U);
	EXPECT_EQ(o.accel, accel_choice::automatic);
	EXPECT_EQ(o.silence.count(), 60);
	EXPECT_EQ(o.timeout.count(), 300);
	EXPECT_FALSE(o.dry_run || o.quiet || o.terminal);
}

TEST_F(cli, run_takes_the_kernel_from_the_environment)
{
	setenv("LAB_KERNEL", "/from/env", 1);
	EXPECT_EQ(std::get<run_options>(parse({"run", "--", "true"})).kernel, "/from/env");
	unsetenv("LAB_KERNEL");
}

TEST_F(cli, run_leaves_the_guest_command_alone)
{
	const auto o = std::get<run_options>(
		parse({"run", "--kernel", "k", "--", "fio", "--name=x", "--quiet", "-h"}));
	EXPECT_THAT(o.command, ElementsAre("fio", "--name=x", "--quiet", "-h"));
	EXPECT_FALSE(o.quiet);
}

TEST_F(cli, run_reads_sizes)
{
	const auto o = std::get<run_options>(
		parse({"run", "--kernel=k", "--nvme-size=64M", "--", "true"}));
	EXPECT_EQ(o.nvme.bytes_each, 64ULL << 20);
}

TEST_F(cli, run_collects_repeated_options)
{
	const auto o = std::get<run_options>(
		parse({"run", "--kernel=k", "--qemu-arg=-icount", "--qemu-arg=shift=2",
		       "--allow-log=a", "--allow-log=b", "--", "true"}));
	EXPECT_THAT(o.qemu_args, ElementsAre("-icount", "shift=2"));
	EXPECT_THAT(o.allow_log, ElementsAre("a", "b"));
}

struct bad_call {
	const char *option;
	const char *in_message;
};

class bad_option : public testing::TestWithParam<bad_call>
{
};

TEST_P(bad_option, is_a_usage_error_that_names_it)
{
	const auto end =
		std::get<parse_end>(parse({"run", "--kernel=k", GetParam().option, "--", "true"}));
	EXPECT_EQ(end.code, static_cast<int>(verdict::usage));
	EXPECT_THAT(end.text, HasSubstr(GetParam().in_message));
}

INSTANTIATE_TEST_SUITE_P(cli, bad_option,
			 testing::Values(bad_call{"--cpus=0", "--cpus"},
					 bad_call{"--memory=lots", "--memory"},
					 bad_call{"--nvme=-1", "--nvme"},
					 bad_call{"--nvme-size=1000", "--nvme-size"},
					 bad_call{"--nvme-size=1X", "--nvme-size"},
					 bad_call{"--zone-size=3M", "--nvme-size"},
					 bad_call{"--poll-queues=4", "--nvme-queues"},
					 bad_call{"--accel=xen", "--accel"},
					 bad_call{"--silence=0", "--silence"},
					 bad_call{"--allow-log=(", "--allow-log"},
					 bad_call{"--no-such-thing", "--no-such-thing"}));

TEST_F(cli, a_kernel_and_a_command_are_required)
{
	EXPECT_THAT(std::get<parse_end>(parse({"run", "--", "true"})).text, HasSubstr("--kernel"));
	EXPECT_THAT(std::get<parse_end>(parse({"run", "--kernel=k"})).text, HasSubstr("command"));
	EXPECT_EQ(std::get<parse_end>(parse({})).code, static_cast<int>(verdict::usage));
}

TEST_F(cli, help_is_no_error)
{
	const auto end = std::get<parse_end>(parse({"run", "--help"}));
	EXPECT_EQ(end.code, 0);
	EXPECT_THAT(end.text, HasSubstr("--poll-queues"));
}

TEST_F(cli, check_reads_variables_and_patterns)
{
	const auto o =
		std::get<check_options>(parse({"check", "--var", "kernel.ours=/k", "--var=build=/b",
					       "--jobs=2", "--results=r", "stripe.*", "unit.lab"}));
	EXPECT_THAT(o.vars, ElementsAre("kernel.ours=/k", "build=/b"));
	EXPECT_THAT(o.patterns, ElementsAre("stripe.*", "unit.lab"));
	EXPECT_EQ(o.jobs, 2U);
	EXPECT_EQ(o.results, "r");
}

} // namespace
} // namespace lab
