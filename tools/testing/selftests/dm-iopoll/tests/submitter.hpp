// SPDX-License-Identifier: GPL-2.0
// Processes with polled IO of their own, to be stopped, killed or disturbed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/shared_memory.hpp"

namespace dmpoll
{

class stopwatch
{
public:
	std::chrono::milliseconds elapsed() const
	{
		return std::chrono::duration_cast<std::chrono::milliseconds>(
			std::chrono::steady_clock::now() - begun_);
	}

private:
	std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// Throws mismatch when @watch shows more than @most; notes what it shows.
void check_time(env &, const std::string &what, const stopwatch &watch,
		std::chrono::milliseconds most);

// Waits until @flag is set; throws mismatch naming @what at the end of @limit.
void await(const std::atomic<bool> &flag, const std::string &what, std::chrono::milliseconds limit);

// Submits async IO, and polls for it only when told to. Every other operation
// is a read, every other a write.
class idle_submitter
{
public:
	// To a device; returns when all is submitted, and proved to be in flight.
	idle_submitter(env &, const test_device &device, const io_shape &shape);

	// To a @file, the data of @job's writes being in its buffers; returns when
	// all is submitted. @check is called there, at the end.
	idle_submitter(int file, io_job &job, std::function<void(io_job &)> check);

	// Throws mismatch unless so many requests wait for polls at the disks.
	void await_in_flight(const test_device &device, std::size_t requests);

	void stop() { process_.stop(); }
	void go_on() { process_.go_on(); }
	void kill() { process_.kill(); }
	bool ended_within(std::chrono::milliseconds limit) { return process_.ended_within(limit); }

	// Lets it poll; throws mismatch unless all is back within @limit.
	void poll(std::chrono::milliseconds limit);
	// Lets it check results and data, and end; throws what it finds.
	void finish();

	// Whether the operation shares a byte with one of those submitted; of a
	// submitter to a device only.
	bool touches(const io_op &op) const;

private:
	struct progress {
		std::atomic<bool> submitted{false}, may_poll{false}, polled{false},
			may_check{false}, failed{false};
	};

	void run(int file, io_job &job, const std::function<void(io_job &)> &check);
	void submit_and_poll(int file, io_job &job);
	void await_child(const std::atomic<bool> &flag, const std::string &what,
			 std::chrono::milliseconds limit);
	io_job make(env &, const test_device &, const io_shape &);

	shared_memory<progress> progress_;
	std::uint64_t data_seed_ = 0;
	std::optional<io_job> job_;
	unique_fd file_;
	child_process process_;
};

// Reads the same places again and again, polled, until told to end.
class busy_reader
{
public:
	struct rules {
		// What the table under the reader may do to reads at the moment.
		std::atomic<int> may_fail{0};        // with this result; 0: they may not
		std::atomic<bool> other_data{false}; // bytes are not what was written
		std::atomic<unsigned> reads{0}, failures{0};
		std::atomic<long> longest{0}; // milliseconds, of one read or batch
		std::atomic<bool> end{false};
	};

	// @job: reads, whose data are on the device
	busy_reader(const test_device &device, io_job &job, std::uint64_t data_seed);

	rules &now() { return *rules_; }
	// Until it has read @count more; throws mismatch within @limit.
	void await_reads(unsigned count, std::chrono::milliseconds limit);
	// Throws what it found; the longest read must have taken @most.
	void finish(std::chrono::milliseconds most);

private:
	void read_all(int file, io_job &job, std::uint64_t data_seed);

	shared_memory<rules> rules_;
	unique_fd file_;
	child_process process_;
};

// Runs @disturb while a busy_reader is at work on @device; no read may take
// longer than @most.
struct load_options {
	access how = access::async;
	std::chrono::milliseconds most{5000};
};

void run_under_load(env &, const test_device &device, const load_options &options,
		    const std::function<void(busy_reader &)> &disturb);

} // namespace dmpoll
