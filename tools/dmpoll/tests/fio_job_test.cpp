// SPDX-License-Identifier: GPL-2.0
#include "bench/fio_job.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace dmpoll;
using std::chrono::milliseconds;

TEST(fio_job, is_the_cover_letters)
{
	const std::string text = job_text({.what = dm_poll, .device = "/dev/mapper/testdev"});

	for (const char *line :
	     {"ioengine=io_uring", "iodepth=128", "numjobs=1", "thread", "rw=randread", "direct=1",
	      "registerfiles=1", "hipri=1", "bs=4k", "time_based", "group_reporting",
	      "randrepeat=0", "filename=/dev/mapper/testdev"})
		EXPECT_NE(text.find(std::string("\n") + line + "\n"), text.npos) << line;
	EXPECT_EQ(text.find("size="), text.npos);
}

TEST(fio_job, interrupt_cases_do_not_poll)
{
	const std::string text = job_text({.what = raw_irq, .device = "/dev/nvme0n1"});

	EXPECT_NE(text.find("\nhipri=0\n"), text.npos);
}

TEST(fio_job, command_cannot_write_to_devices)
{
	const auto command = fio_command("out/jobs/raw-irq.fio");

	EXPECT_EQ(command.at(0), "fio");
	EXPECT_EQ(command.at(1), "--readonly");
	EXPECT_EQ(command.back(), "out/jobs/raw-irq.fio");
}

TEST(fio_job, time_limit_outlasts_a_stuck_read)
{
	EXPECT_GT(time_limit({}), milliseconds(30000 + 3500));
}

TEST(duration, reads_units)
{
	EXPECT_EQ(parse_duration("3"), milliseconds(3000));
	EXPECT_EQ(parse_duration("3s"), milliseconds(3000));
	EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
	EXPECT_EQ(parse_duration("2m"), milliseconds(120000));
	EXPECT_EQ(parse_duration("1h"), milliseconds(3600000));
}

TEST(duration, refuses_the_rest)
{
	for (const char *text :
	     {"", "s", "3x", "-3s", "1.5s", "99999999999999999999s", "9999999999999h", "3 s"})
		EXPECT_THROW(parse_duration(text), std::invalid_argument) << text;
}

TEST(duration, text_reads_back)
{
	EXPECT_EQ(duration_text(milliseconds(3000)), "3s");
	EXPECT_EQ(duration_text(milliseconds(500)), "500ms");
}
