// SPDX-License-Identifier: GPL-2.0
// Tables that change under load.
#include <cerrno>

#include <fmt/format.h>

#include "crypt_table.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "file.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto longest_read = 10s; // reload included

// Two places on the disk that hold the same data: what is read does not depend
// on which of them the table names.
struct twin_ranges {
	disk_range first, second;
};

twin_ranges make_twins(env &e)
{
	auto whole = random_range(e, 0, region_sectors);
	auto half = whole.length / 2;

	return {{whole.disk, whole.start, half}, {whole.disk, whole.start + half, half}};
}

std::vector<dm_segment> linear_over(const disk_range &range)
{
	return {{0, range.length, "linear", fmt::format("{} {}", range.disk->path, range.start)}};
}

// Job of reads, with its data at both places.
io_job make_reads(env &e, test_device &device, access how, const twin_ranges &places)
{
	io_shape shape{.how = how, .count = 32, .depth = 8};
	auto job = make_job(e, device, shape);

	describe_place(e, device, shape);
	for (const auto &range : {places.second, places.first}) {
		device.extents = {{0, range.length, range.disk, range.start}};
		seed_job(device, job, 1);
	}
	return job;
}

// Runs @changes while a reader is at work; true data must come, or none where
// the reader's rules allow that.
void change_under_reader(env &e, access how,
			 void (*changes)(test_device &, busy_reader &, const twin_ranges &))
{
	need_polling(e, how);
	auto places = make_twins(e);
	auto device = make_linear(e, {places.first});
	auto job = make_reads(e, device, how, places);

	check_polls(device);
	{
		busy_reader reader(device, job, 1);

		reader.await_reads(64, 5s);
		changes(device, reader, places);
		reader.finish(longest_read);
		e.notes += fmt::format("{} reads, longest (batch) {} ms, {} failed\n",
				       reader.now().reads.load(), reader.now().longest.load(),
				       reader.now().failures.load());
	}
	exercise(e, device, {});
	exercise(e, device, {.how = access::sync});
}

void other_offset(test_device &device, busy_reader &reader, const twin_ranges &places)
{
	for (int round = 0; round < 20; round++) {
		const auto &range = round % 2 ? places.first : places.second;

		device.stack.top().reload(linear_over(range));
		check_polls(device);
		reader.await_reads(16, 5s);
	}
}

void error_and_back(test_device &device, busy_reader &reader, const twin_ranges &places)
{
	reader.now().may_fail = -EIO;
	device.stack.top().reload({{0, places.first.length, "error", ""}});
	check_io_poll(device.kernel_name, "0");
	auto before = reader.now().failures.load();
	reader.await_reads(64, 5s);
	check_at_least("failed reads with an error table", reader.now().failures - before, 1U);

	device.stack.top().reload(linear_over(places.first));
	check_polls(device);
	reader.await_reads(64, 5s);
	reader.now().may_fail = 0;
	reader.await_reads(64, 5s);
}

// Polled IO goes on, by interrupt.
void crypt_and_back(test_device &device, busy_reader &reader, const twin_ranges &places)
{
	reader.now().other_data = true;
	device.stack.top().reload(crypt_table(places.first));
	check_io_poll(device.kernel_name, "0");
	reader.await_reads(64, 5s);

	device.stack.top().reload(linear_over(places.first));
	check_polls(device);
	reader.await_reads(64, 5s);
	reader.now().other_data = false;
	reader.await_reads(64, 5s);
}

void crypt_async(env &e)
{
	need_crypt();
	change_under_reader(e, access::async, crypt_and_back);
}

void crypt_sync(env &e)
{
	need_crypt();
	change_under_reader(e, access::sync, crypt_and_back);
}

// IO that was submitted to one table is polled for with the next one live.
void in_flight_to_crypt(env &e)
{
	need_polling(e);
	need_crypt();
	auto device = make_plain_linear(e);
	auto range = map_sector(device, 0);

	check_polls(device);
	idle_submitter submitter(e, device, {.count = 32, .depth = 32});
	stopwatch watch;
	device.stack.top().reload(crypt_table(range));
	check_time(e, "reload to crypt with polled IO in flight", watch, 2s);
	check_io_poll(device.kernel_name, "0");
	submitter.poll(10s);
	submitter.finish();
}

// The upper device keeps what it knew of the lower one: that it takes NOWAIT.
// With polling turned off there, nothing below has to know about polling.
void lower_unpolled_upper_off(env &e)
{
	need_polling(e);
	need_target("flakey", "CONFIG_DM_FLAKEY");
	auto device = stack_linear(e, make_plain_linear(e), 1024);
	auto &lower = device.stack.levels()[0];
	auto range = map_sector(device, 0);

	check_polls(device);
	lower.reload({{0, lower.table()[0].length, "flakey",
		       fmt::format("{} {} 3600 0", range.disk->path, range.start - 1024)}});
	check_io_poll(device.kernel_name, "0");
	device.mode = poll_mode::irq;
	for (const auto *on : {"1", "0"}) {
		check_equal("errno of writing to io_poll",
			    try_set_queue(device.kernel_name, "io_poll", on), 0);
		for (auto dir : {direction::read, direction::write})
			for (auto how : {access::async, access::sync})
				exercise(e, device, {.dir = dir, .how = how});
	}
}

// io_uring keeps of a registered file whether its device can do without waiting.
// The table that is loaded later cannot.
void registered_file(env &e)
{
	need_target("striped", "CONFIG_BLK_DEV_DM");
	need_target("delay", "CONFIG_DM_DELAY");
	need_filesystem(ext2_type());
	auto range = random_range(e, 0, region_sectors);
	auto place = fmt::format("{} {}", range.disk->path, range.start);
	auto device = make_dm(e, {{0, range.length, "striped", "1 8 " + place}},
			      {{0, range.length, range.disk, range.start}});
	auto ext2 = make_filesystem(ext2_type(), device);
	auto file = make_file(ext2, 1 << 20);
	ring uring({.iopoll = false});
	aligned_buffer memory(4096);
	io_op write{.dir = direction::write, .buffer = memory.all()};
	stopwatch watch;

	uring.register_file(file.get());
	device.stack.top().reload({{0, range.length, "delay", place + " 0"}});
	uring.prepare(write);
	uring.submit();
	while (!write.result && watch.elapsed() < patient(5s)) {
		uring.poll(0);
		uring.reap();
	}
	check_equal("result of the " + to_string(write), result_text(write.result),
		    result_text(4096));
}

} // namespace

static std::vector<test_case> reload_tests()
{
	return {
		{"reload.linear-async", "20 reloads under a reader with an IOPOLL ring",
		 call<change_under_reader, access::async, other_offset>, false, long_limit},
		{"reload.linear-sync", "20 reloads under a reader with RWF_HIPRI",
		 call<change_under_reader, access::sync, other_offset>, false, long_limit},
		{"reload.error-async", "linear, error, linear under a reader with an IOPOLL ring",
		 call<change_under_reader, access::async, error_and_back>, false, long_limit},
		{"reload.error-sync", "linear, error, linear under a reader with RWF_HIPRI",
		 call<change_under_reader, access::sync, error_and_back>, false, long_limit},
		{"reload.crypt-async", "linear, crypt, linear under a reader with an IOPOLL ring",
		 crypt_async, false, long_limit},
		{"reload.crypt-sync", "linear, crypt, linear under a reader with RWF_HIPRI",
		 crypt_sync, false, long_limit},
		{"reload.lower-unpolled",
		 "the lower of two devices stops polling; the upper one, on and off",
		 lower_unpolled_upper_off, false, long_limit},
		rescued({"reload.in-flight-to-crypt",
			 "a table that cannot poll, while IO waits for polls", in_flight_to_crypt,
			 false, long_limit}),
		{"reload.registered-file",
		 "a write to a file that was registered when the device could do without waiting",
		 registered_file},
	};
}

static const test_group group{reload_tests};

} // namespace dmpoll
