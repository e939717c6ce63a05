// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "report/summary.hpp"

#include <gtest/gtest.h>

using namespace dmpoll;

namespace
{

void expect_reason(const verdict &v, const std::string &part)
{
	EXPECT_NE(v.reason.find(part), v.reason.npos)
		<< "got '" << v.reason << "', wanted '" << part << "' in it";
}

} // namespace

TEST(verdict, polled_when_hits_rise_and_interrupts_do_not)
{
	EXPECT_EQ(judge(good_measurements()).result, polling::yes);
}

TEST(verdict, not_polled_on_an_unpatched_kernel)
{
	const verdict v = judge(unpatched_measurements());

	EXPECT_EQ(v.result, polling::no);
	expect_reason(v, "No poll of the disk's hw queues found anything");
	expect_reason(v, "queue/io_poll of /dev/mapper/testdev reads 0");
}

TEST(verdict, blames_missing_poll_queues_first)
{
	measurements m = unpatched_measurements();

	m.disk.poll_queues = 0;
	expect_reason(judge(m), "nvme.poll_queues=1");
}

TEST(verdict, blames_polling_switched_off_on_the_disk)
{
	measurements m = unpatched_measurements();

	m.disk.io_poll = false;
	expect_reason(judge(m), "nvme0n1 itself is switched off");
}

TEST(verdict, unknown_poll_queues_are_not_to_blame)
{
	measurements m = unpatched_measurements();

	m.disk.poll_queues.reset();
	expect_reason(judge(m), "io_poll of /dev/mapper/testdev reads 0");
}

TEST(verdict, not_polled_when_interrupts_come_with_the_hits)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.interrupts = run.disk_reads / 5;
	}));

	EXPECT_EQ(v.result, polling::no);
	expect_reason(v, "0.20 interrupts per read");
}

// A device that reaps 50 reads per interrupt stays under any fixed limit.
TEST(verdict, not_polled_when_coalesced_interrupts_are_as_many_as_without_polling)
{
	const auto coalesced = [](run_record &run) { run.interrupts = run.disk_reads / 50; };
	const measurements m =
		with_runs(with_runs(good_measurements(), dm_irq, coalesced), dm_poll, coalesced);
	const verdict v = judge(m);

	EXPECT_EQ(v.result, polling::no);
	expect_reason(v, "as many interrupts");
}

TEST(verdict, not_polled_when_hits_are_too_few_for_the_reads)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.polls->success = run.disk_reads / 990;
	}));

	EXPECT_EQ(v.result, polling::no);
	expect_reason(v, "one poll hit per 99");
}

TEST(verdict, one_bad_run_is_enough)
{
	measurements m = good_measurements();

	for (run_record &run : m.runs)
		if (run.what == dm_poll && run.repeat == 2)
			run.interrupts = run.disk_reads;
	EXPECT_EQ(judge(m).result, polling::no);
}

TEST(verdict, interrupts_alone_can_tell_without_counters)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll,
					  [](run_record &run) { run.polls.reset(); }));

	EXPECT_EQ(v.result, polling::yes);
	expect_reason(v, "No poll counters");
}

TEST(verdict, cannot_tell_from_a_few_interrupts_without_counters)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.polls.reset();
		run.interrupts = run.disk_reads / 100;
	}));

	EXPECT_EQ(v.result, polling::unknown);
}

TEST(verdict, cannot_tell_without_any_evidence)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.polls.reset();
		run.interrupts.reset();
	}));

	EXPECT_EQ(v.result, polling::unknown);
}

TEST(verdict, cannot_tell_without_runs)
{
	measurements m = good_measurements();

	m.runs.clear();
	EXPECT_EQ(judge(m).result, polling::unknown);
}

TEST(verdict, not_polled_when_every_polled_run_failed)
{
	const verdict v = judge(with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.failure = "fio: Operation not supported";
	}));

	EXPECT_EQ(v.result, polling::no);
	expect_reason(v, "Operation not supported");
}

TEST(verdict, survives_runs_without_reads)
{
	measurements m = with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.fio.ios = 0;
		run.disk_reads = 0;
	});

	EXPECT_EQ(judge(m).result, polling::yes); // hits, and nothing against them
	EXPECT_FALSE(prove(m).interrupts_per_io);
}
