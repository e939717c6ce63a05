// SPDX-License-Identifier: GPL-2.0
#include "prove/proof.hpp"

#include <gtest/gtest.h>

#include <cerrno>

using namespace dmpoll;

namespace
{

// 64 reads, 8 in flight, all of them polled for.
proof_record polled_record()
{
	const phase_record polled{.asked = 64,
				  .completed = 64,
				  .elapsed_us = 1000,
				  .cpu_us = 990,
				  .requests = 64,
				  .interrupts = 0,
				  .hits = 40,
				  .polls = 900};

	return {.depth = 8,
		.plain = {.asked = 64,
			  .completed = 64,
			  .elapsed_us = 4000,
			  .cpu_us = 100,
			  .requests = 64,
			  .interrupts = 64,
			  .hits = 0,
			  .polls = 0},
		.hold = {.trials = 8, .held = 8, .wait_ms = 30},
		.async = polled,
		.sync = polled};
}

proof_record interrupt_record()
{
	proof_record record = polled_record();

	record.async.interrupts = 64;
	record.async.hits = 0;
	record.hold.held = 0;
	return record;
}

proof_record without_counters(proof_record record)
{
	for (phase_record *phase : {&record.plain, &record.async, &record.sync}) {
		phase->hits.reset();
		phase->polls.reset();
	}
	return record;
}

io_fate fate_of(const proof_record &record)
{
	return judge_async(record).fate;
}

// A disk whose connection completed most reads before a poll did.
proof_record tcp_record()
{
	proof_record record = polled_record();

	record.over_tcp = true;
	record.hold.held = 0;
	for (phase_record *phase : {&record.plain, &record.async, &record.sync})
		phase->interrupts.reset();
	record.async.hits = 1;
	return record;
}

} // namespace

TEST(proof, over_tcp_polls_decide)
{
	proof_record record = tcp_record();

	EXPECT_EQ(judge_async(record).fate, io_fate::polled);
	EXPECT_NE(judge_async(record).reason.find("TCP"), std::string::npos);
	record.async.hits = 0;
	EXPECT_EQ(judge_async(record).fate, io_fate::polled);
	record.async.polls = 0;
	EXPECT_EQ(judge_async(record).fate, io_fate::interrupt);
	record.async.polls.reset();
	EXPECT_EQ(judge_async(record).fate, io_fate::unknown);
}

TEST(proof, over_tcp_a_busy_disk_tells_nothing)
{
	proof_record record = tcp_record();

	record.async.requests = 1000;
	EXPECT_EQ(judge_async(record).fate, io_fate::unknown);
}

TEST(proof, polled)
{
	EXPECT_EQ(fate_of(polled_record()), io_fate::polled);
	EXPECT_EQ(judge_sync(polled_record()).fate, io_fate::unknown);
	proof_record record = polled_record();

	record.sync.hits = 64;
	EXPECT_EQ(judge_sync(record).fate, io_fate::polled);
}

TEST(proof, spinning_on_interrupts)
{
	const proof_verdict v = judge_async(interrupt_record());

	EXPECT_EQ(v.fate, io_fate::interrupt);
	EXPECT_EQ(v.reason, "spinning on interrupts: 64 reads, 0 polls that found some, "
			    "64 interrupts, 99 % CPU");
	proof_record sleeping = interrupt_record();

	sleeping.async.cpu_us = 20;
	EXPECT_TRUE(judge_async(sleeping).reason.starts_with("by interrupt: "));
}

TEST(proof, without_counters_by_interrupts_and_by_what_is_held)
{
	EXPECT_EQ(fate_of(without_counters(polled_record())), io_fate::polled);
	EXPECT_EQ(fate_of(without_counters(interrupt_record())), io_fate::interrupt);
}

TEST(proof, without_counters_one_witness_is_enough)
{
	proof_record no_interrupts = without_counters(polled_record());

	no_interrupts.plain.interrupts = no_interrupts.async.interrupts = std::nullopt;
	EXPECT_EQ(fate_of(no_interrupts), io_fate::polled);
	proof_record no_iostats = without_counters(interrupt_record());

	no_iostats.hold = {};
	EXPECT_EQ(fate_of(no_iostats), io_fate::interrupt);
}

TEST(proof, without_any_witness_nothing_is_told)
{
	proof_record record = without_counters(polled_record());

	record.hold = {};
	record.async.interrupts.reset();
	EXPECT_EQ(fate_of(record), io_fate::unknown);
}

TEST(proof, witnesses_that_differ_tell_nothing)
{
	proof_record record = without_counters(polled_record());

	record.hold.held = 0;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
	record = polled_record();
	record.hold.held = 0;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
}

// A few polls that found something do not account for 64 reads.
TEST(proof, polled_in_part_is_not_polled)
{
	proof_record record = polled_record();

	record.async.hits = 7;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
	record.async.hits = 40;
	record.async.interrupts = 24;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
}

TEST(proof, other_programs_on_the_disks)
{
	proof_record record = polled_record();

	record.async.requests = 2000;
	const proof_verdict v = judge_async(record);

	EXPECT_EQ(v.fate, io_fate::unknown);
	EXPECT_NE(v.reason.find("1936 requests of theirs"), std::string::npos);
}

// Interrupts of another namespace of the controller are none of ours.
TEST(proof, other_programs_beside_the_disks)
{
	proof_record record = polled_record();

	for (phase_record *phase : {&record.plain, &record.async})
		phase->interrupts = phase->neighbours = 2000;
	EXPECT_EQ(fate_of(record), io_fate::polled);
	EXPECT_EQ(fate_of(without_counters(record)), io_fate::polled); // by what is held
	record.async.neighbours = 567; // as seen: more interrupts than requests
	record.async.interrupts = 607;
	EXPECT_EQ(fate_of(record), io_fate::polled);
	record.hold.held = 7;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
	record.hold = {};
	EXPECT_EQ(fate_of(record), io_fate::unknown);
	record.hold = polled_record().hold;
	record.sync.interrupts = record.sync.neighbours = 2000;
	record.sync.hits = 64;
	EXPECT_EQ(judge_sync(record).fate, io_fate::polled);
	record.sync.hits = 63;
	EXPECT_EQ(judge_sync(record).fate, io_fate::unknown);
	record.async.interrupts = record.async.neighbours = 2000;
	record.async.hits = 7;
	const proof_verdict v = judge_async(record);

	EXPECT_EQ(v.fate, io_fate::unknown);
	EXPECT_NE(v.reason.find("2000 requests of theirs"), std::string::npos);
	record = without_counters(interrupt_record());
	record.async.interrupts = record.async.neighbours = 2000;
	EXPECT_EQ(fate_of(record), io_fate::interrupt);
	record.hold = {};
	EXPECT_EQ(fate_of(record), io_fate::unknown);
}

// What nobody polled for was not polled, whoever else uses the disk.
TEST(proof, no_hits_at_all_is_no_polling_even_on_a_busy_disk)
{
	proof_record record = interrupt_record();

	record.async.requests = 2000;
	EXPECT_EQ(fate_of(record), io_fate::interrupt);
}

TEST(proof, refused)
{
	proof_record record = polled_record();

	record.async = {.asked = 64, .error = EOPNOTSUPP};
	EXPECT_EQ(fate_of(record), io_fate::refused);
}

TEST(proof, stalled)
{
	proof_record record = polled_record();

	record.async = {.asked = 64, .completed = 3, .stalled = true};
	EXPECT_EQ(fate_of(record), io_fate::stalls);
}

TEST(proof, reads_that_fail_prove_nothing)
{
	proof_record record = polled_record();

	record.async.error = EIO;
	EXPECT_EQ(fate_of(record), io_fate::unknown);
	EXPECT_NE(judge_async(record).reason.find("EIO"), std::string::npos);
}

TEST(proof, no_disk_no_polling)
{
	proof_record record = without_counters(polled_record());

	record.disks = 0;
	EXPECT_EQ(fate_of(record), io_fate::interrupt);
}

TEST(proof, holes_of_a_file)
{
	proof_record record = polled_record();

	record.async.requests = 0;
	record.async.hits = 0;
	record.hold.held = 0;
	const proof_verdict v = judge_async(record);

	EXPECT_EQ(v.fate, io_fate::unknown);
	EXPECT_NE(v.reason.find("holes"), std::string::npos);
}
