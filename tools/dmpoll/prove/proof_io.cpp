// SPDX-License-Identifier: GPL-2.0
#include "prove/proof_io.hpp"

#include "prove/disk_totals.hpp"

#include "lib/buffer.hpp"
#include "lib/ring.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <optional>
#include <random>
#include <thread>

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr unsigned hold_trials = 8;
constexpr unsigned most_holds = 3 * hold_trials; // of which some tell nothing
constexpr auto shortest_hold = 30ms;
constexpr auto longest_hold = 80ms; // the kernel itself may poll after 100 ms

std::uint64_t microseconds_since(clock::time_point start)
{
	return static_cast<std::uint64_t>(
		duration_cast<microseconds>(clock::now() - start).count());
}

// Of the process; finer than getrusage(), which may count in ticks.
std::uint64_t cpu_time_us()
{
	struct timespec now = {};

	::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return static_cast<std::uint64_t>(now.tv_sec) * 1000000 +
	       static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

// Fills in what the kernel counted while @run ran.
template <typename Run> void measure(phase_record &phase, const proof_plan &plan, const Run &run)
{
	const disk_totals before = read_settled_totals(plan.leaves);
	const std::uint64_t cpu = cpu_time_us();
	const auto start = clock::now();

	phase.asked = plan.reads;
	run();
	phase.elapsed_us = microseconds_since(start);
	phase.cpu_us = cpu_time_us() - cpu;
	const disk_totals counted = read_settled_totals(plan.leaves) - before;

	phase.requests = counted.requests;
	phase.neighbours = counted.neighbours;
	phase.interrupts = counted.interrupts;
	phase.hits = counted.hits;
	phase.polls = counted.polls;
}

void note(phase_record &phase, int result)
{
	if (result == static_cast<int>(proof_block_size))
		phase.completed++;
	else if (!phase.error)
		phase.error = result < 0 ? -result : EIO;
}

// ---- reads ----

// All over the device: neighbours might be merged, or be one segment's.
class offsets
{
public:
	explicit offsets(const proof_plan &plan) : last_(plan.size / proof_block_size - 1) {}

	std::uint64_t next()
	{
		return std::uniform_int_distribution<std::uint64_t>(0, last_)(engine_) *
		       proof_block_size;
	}

private:
	std::uint64_t last_;
	std::mt19937_64 engine_{1};
};

// One read after the other; stops at the first that fails, or takes too long.
void read_synchronously(phase_record &phase, const proof_plan &plan, int flags)
{
	aligned_buffer memory(proof_block_size);
	const struct iovec vector = {memory.all().data(), proof_block_size};
	offsets where(plan);

	while (phase.completed < plan.reads && !phase.error && !phase.stalled) {
		const auto start = clock::now();
		const auto got =
			::preadv2(plan.file, &vector, 1, static_cast<off_t>(where.next()), flags);

		note(phase, got < 0 ? -errno : static_cast<int>(got));
		phase.stalled = clock::now() - start > stall_limit;
	}
}

// Polls until an operation completes; false when none does for too long.
bool poll_one(ring &uring, phase_record &phase, std::vector<io_op *> &free)
{
	const auto deadline = clock::now() + stall_limit;

	while (clock::now() < deadline) {
		// never waits: what nobody completes must not keep us
		uring.poll(0);
		const std::vector<io_op *> done = uring.reap();

		for (io_op *op : done)
			note(phase, *op->result);
		free.insert(free.end(), done.begin(), done.end());
		if (!done.empty())
			return true;
	}
	phase.stalled = true;
	return false;
}

struct operations {
	operations(std::uint32_t depth) : memory(std::size_t{depth} * proof_block_size), all(depth)
	{
		for (std::uint32_t at = 0; at < depth; at++) {
			all[at].buffer =
				memory.slice(std::size_t{at} * proof_block_size, proof_block_size);
			free.push_back(&all[at]);
		}
	}

	aligned_buffer memory;
	std::vector<io_op> all;
	std::vector<io_op *> free{}; // not in flight
};

void submit_one(ring &uring, operations &ops, offsets &where)
{
	io_op &op = *ops.free.back();

	ops.free.pop_back();
	op.offset = where.next();
	op.result.reset();
	uring.prepare(op);
	uring.submit();
}

void read_through_ring(phase_record &phase, const proof_plan &plan)
{
	operations ops(plan.depth); // outlives the ring, which may still read into it
	ring uring({.entries = plan.depth});
	offsets where(plan);
	std::uint32_t submitted = 0;

	uring.use_file(plan.file);
	while (submitted < plan.reads || ops.free.size() < ops.all.size()) {
		while (submitted < plan.reads && !ops.free.empty() && !phase.error) {
			submit_one(uring, ops, where);
			submitted++;
		}
		if (ops.free.size() == ops.all.size() || !poll_one(uring, phase, ops.free))
			return;
	}
}

// ---- what happens when nobody polls ----

// Whether something stayed at the disks all the time; other programs' IO comes and goes. nullopt:
// we slept for so long that the kernel itself may have polled.
std::optional<bool> stays_in_flight(const std::vector<std::string> &leaves,
				    std::chrono::milliseconds wait)
{
	const auto start = clock::now();

	while (clock::now() < start + wait) {
		std::this_thread::sleep_for(1ms);
		if (count_inflight(leaves) == 0)
			return clock::now() < start + longest_hold ? std::optional(false)
								   : std::nullopt;
	}
	return true;
}

// Long against a read that completes by interrupt.
std::chrono::milliseconds hold_time(const phase_record &plain)
{
	const std::uint64_t each = plain.completed ? plain.elapsed_us / plain.completed : 0;
	const auto wanted = std::chrono::milliseconds(10 * each / 1000);

	return std::clamp<std::chrono::milliseconds>(wanted, shortest_hold, longest_hold);
}

// A read that fails or stalls is left for the batch to find again, and count.
void try_to_hold(proof_record &record, const proof_plan &plan)
{
	const auto wait = hold_time(record.plain);
	phase_record aside;
	operations ops(1);
	ring uring({.entries = 1});
	offsets where(plan);

	uring.use_file(plan.file);
	record.hold.wait_ms = static_cast<std::uint32_t>(wait.count());
	for (unsigned tries = 0; tries < most_holds && record.hold.trials < hold_trials; tries++) {
		submit_one(uring, ops, where);
		const auto held = stays_in_flight(plan.leaves, wait);

		if (!poll_one(uring, aside, ops.free) || aside.error) {
			record.async = aside;
			record.async.asked = plan.reads;
			return;
		}
		if (!held)
			continue;
		record.hold.trials++;
		record.hold.held += *held;
	}
}

// 0: an IOPOLL ring can be made.
int error_of_ring()
{
	try {
		ring uring({.entries = 1});
		return 0;
	} catch (const std::system_error &error) {
		return error.code().value();
	}
}

// Reads of which the connection has completed all before anybody could poll prove nothing.
bool says_nothing(const phase_record &phase, const proof_plan &plan)
{
	return plan.over_tcp && phase.polls == 0U && !phase.stalled && !phase.error;
}

void use_ring(proof_record &record, const proof_plan &plan)
{
	constexpr unsigned most_tries = 8;

	if (inflight_is_told(plan.leaves))
		try_to_hold(record, plan);
	if (record.async.stalled || record.async.error)
		return;
	for (unsigned tries = 0; tries < most_tries; tries++) {
		record.async = {};
		measure(record.async, plan, [&] { read_through_ring(record.async, plan); });
		if (!says_nothing(record.async, plan))
			return;
	}
}

} // namespace

void run_proof_io(const proof_plan &plan, proof_record &record)
{
	record.depth = plan.depth;
	record.disks = static_cast<std::uint32_t>(plan.leaves.size());
	record.over_tcp = plan.over_tcp;
	measure(record.plain, plan, [&] { read_synchronously(record.plain, plan, 0); });
	record.ring_error = error_of_ring();
	if (!record.ring_error)
		use_ring(record, plan);
	if (!record.async.stalled)
		measure(record.sync, plan,
			[&] { read_synchronously(record.sync, plan, RWF_HIPRI); });
}

} // namespace dmpoll
