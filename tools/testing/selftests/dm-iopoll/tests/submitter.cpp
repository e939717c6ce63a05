// SPDX-License-Identifier: GPL-2.0
#include "submitter.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include <fcntl.h>

#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/pattern.hpp"
#include "lib/poll_net.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto patience = 5s; // for what has nothing to wait for

void check_read(const io_op &op, std::uint64_t data_seed, busy_reader::rules &rules)
{
	auto size = static_cast<int>(op.buffer.size());

	rules.reads++;
	if (op.result != size)
		rules.failures++;
	if (op.result != size && op.result != rules.may_fail)
		check_equal("result of the " + to_string(op), op.result.value_or(0), size);
	if (op.result != size || rules.other_data)
		return;
	if (auto bad = check_pattern(op.buffer, op.offset / sector_size, {data_seed}))
		throw mismatch{"data of the " + to_string(op), bad->got, bad->wanted};
}

// Before a slow machine has looked at all disks, the net may have completed some of
// the requests, or all. It counts a pass when the pass ends.
bool net_has_begun()
{
	std::this_thread::sleep_for(patient(20ms));
	return read_all_rescued() > 0;
}

} // namespace

void check_time(env &e, const std::string &what, const stopwatch &watch,
		std::chrono::milliseconds most)
{
	auto took = watch.elapsed();

	e.notes += fmt::format("{}: {} ms\n", what, took.count());
	check_at_most("milliseconds of " + what, took.count(), patient(most).count());
}

void await(const std::atomic<bool> &flag, const std::string &what, std::chrono::milliseconds limit)
{
	stopwatch watch;

	set_stage("waiting for " + what);
	while (!flag) {
		if (watch.elapsed() > patient(limit))
			throw mismatch{what,
				       fmt::format("not within {} ms", patient(limit).count()),
				       "that it happens"};
		std::this_thread::sleep_for(1ms);
	}
}

io_job idle_submitter::make(env &e, const test_device &device, const io_shape &shape)
{
	auto job = make_job(e, device, shape);

	describe_place(e, device, shape);
	for (std::size_t at = 0; at < job.ops.size(); at++)
		job.ops[at].dir = at % 2 ? direction::write : direction::read;
	data_seed_ = e.random();
	seed_job(device, job, data_seed_);
	return job;
}

idle_submitter::idle_submitter(env &e, const test_device &device, const io_shape &shape)
    : job_(make(e, device, shape)),
      file_(open_file(device.path, O_RDWR | O_DIRECT)),
      process_("the submitter to " + device.path, [&] {
	      run(file_.get(), *job_, [&](io_job &done) { check_job(device, done, data_seed_); });
      })
{
	await_child(progress_->submitted, "submission", patience);
	await_in_flight(device, job_->ops.size());
}

idle_submitter::idle_submitter(int file, io_job &job, std::function<void(io_job &)> check)
    : process_("the submitter to a file", [&] { run(file, job, check); })
{
	await_child(progress_->submitted, "submission", patience);
}

void idle_submitter::await_in_flight(const test_device &device, std::size_t requests)
{
	std::uint64_t seen = 0;
	stopwatch watch;

	do { // what a worker submits comes later
		std::this_thread::sleep_for(20ms);
		seen = 0;
		for (const auto *disk : device.leaves())
			seen += read_inflight(disk->kernel_name);
		if (seen < requests && net_has_begun())
			return;
	} while (seen < requests && watch.elapsed() < patient(1s));
	check_at_least<std::uint64_t>("requests in flight at the disks, submitted and unpolled",
				      seen, requests);
}

void idle_submitter::submit_and_poll(int file, io_job &job)
{
	run_async(file, job, {.limit = 60s, .before_polling = [&](ring &, std::uint64_t) {
				      progress_->submitted = true;
				      await(progress_->may_poll, "leave to poll", 100s);
			      }});
	progress_->polled = true;
}

// In the child. Failures are known from its end.
void idle_submitter::run(int file, io_job &job, const std::function<void(io_job &)> &check)
{
	try {
		submit_and_poll(file, job);
		await(progress_->may_check, "leave to check the data", 100s);
		check_results(job, poll_mode::poll);
		check(job);
	} catch (...) {
		progress_->failed = true;
		throw;
	}
}

// What the child has to say comes first: it may have ended for a reason.
void idle_submitter::await_child(const std::atomic<bool> &flag, const std::string &what,
				 std::chrono::milliseconds limit)
{
	stopwatch watch;

	set_stage("waiting for " + what);
	while (!flag) {
		if (progress_->failed)
			process_.finish(patience);
		if (watch.elapsed() > patient(limit))
			throw mismatch{what + " of all IO",
				       fmt::format("not within {} ms", patient(limit).count()),
				       "all within that time"};
		std::this_thread::sleep_for(1ms);
	}
}

bool idle_submitter::touches(const io_op &op) const
{
	return std::ranges::any_of(job_->ops, [&](const io_op &own) {
		return op.offset < own.offset + own.buffer.size() &&
		       own.offset < op.offset + op.buffer.size();
	});
}

void idle_submitter::poll(std::chrono::milliseconds limit)
{
	progress_->may_poll = true;
	await_child(progress_->polled, "completion", limit);
}

void idle_submitter::finish()
{
	progress_->may_poll = true;
	progress_->may_check = true;
	process_.finish(patience);
}

busy_reader::busy_reader(const test_device &device, io_job &job, std::uint64_t data_seed)
    : file_(open_file(device.path, O_RDWR | O_DIRECT)),
      process_("the reader of " + device.path, [&] {
	      while (!rules_->end)
		      read_all(file_.get(), job, data_seed);
      })
{
}

void busy_reader::read_all(int file, io_job &job, std::uint64_t data_seed)
{
	for (auto &op : job.ops) {
		std::fill(op.buffer.begin(), op.buffer.end(), std::byte{0});
		op.result = {};
	}
	stopwatch watch;

	run_io(file, job, {.limit = 60s});
	rules_->longest = std::max(rules_->longest.load(), long{watch.elapsed().count()});
	for (const auto &op : job.ops)
		check_read(op, data_seed, *rules_);
}

void busy_reader::await_reads(unsigned count, std::chrono::milliseconds limit)
{
	stopwatch watch;
	auto wanted = rules_->reads + count;

	set_stage("waiting for a reader to go on");
	while (rules_->reads < wanted) {
		if (process_.ended_within(0ms))
			process_.finish(0ms); // throws what ended it
		if (watch.elapsed() > patient(limit))
			throw mismatch{"reads under way",
				       fmt::format("{} in {} ms", rules_->reads + count - wanted,
						   patient(limit).count()),
				       fmt::format("{}", count)};
		std::this_thread::sleep_for(1ms);
	}
}

void busy_reader::finish(std::chrono::milliseconds most)
{
	rules_->end = true;
	process_.finish(most + patience);
	check_at_most("milliseconds of the longest polled read, or batch of reads",
		      rules_->longest.load(), static_cast<long>(patient(most).count()));
}

void run_under_load(env &e, const test_device &device, const load_options &options,
		    const std::function<void(busy_reader &)> &disturb)
{
	io_shape shape{.how = options.how, .count = 32, .depth = 8};
	auto job = make_seeded_job(e, device, shape, 1);
	busy_reader reader(device, job, 1);
	reader.await_reads(32, patience);
	disturb(reader);
	reader.finish(options.most);
	e.notes += fmt::format("{} reads, longest (batch) {} ms, {} failed\n",
			       reader.now().reads.load(), reader.now().longest.load(),
			       reader.now().failures.load());
}

} // namespace dmpoll
