// SPDX-License-Identifier: GPL-2.0
#include "proof.hpp"

#include <chrono>
#include <thread>

#include "lib/patience.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Long against an IO of the emulated NVMe (under 1 ms), short against its
// timeout (30 s).
constexpr auto untouched_time = 30ms;
constexpr auto interrupt_deadline = 5s;

void add(std::optional<std::uint64_t> &sum, std::optional<std::uint64_t> more)
{
	if (more)
		sum = sum.value_or(0) + *more;
}

leaf_totals read_totals(const test_device &device)
{
	leaf_totals totals;

	for (const auto *disk : device.leaves()) {
		auto counters = read_poll_counters(disk->kernel_name);

		totals.requests += read_requests(disk->kernel_name).completed;
		add(totals.interrupts, read_interrupts(disk->kernel_name));
		if (counters) {
			add(totals.successes, counters->success);
			add(totals.invoked, counters->invoked);
		}
	}
	return totals;
}

// Interrupts and the accounting of plain IO that is over may trail behind.
leaf_totals read_settled_totals(const test_device &device)
{
	auto totals = read_totals(device);

	for (int tries = 0; tries < 100; tries++) {
		std::this_thread::sleep_for(2ms);
		auto later = read_totals(device);

		if (later == totals)
			break;
		totals = later;
	}
	return totals;
}

std::optional<std::uint64_t> difference(std::optional<std::uint64_t> after,
					std::optional<std::uint64_t> before)
{
	return after ? std::optional(*after - before.value_or(0)) : std::nullopt;
}

std::string number_or_unknown(std::optional<std::uint64_t> number)
{
	return number ? std::to_string(*number) : "unknown";
}

void check_polled(const leaf_totals &totals, const proof_bounds &bounds)
{
	std::uint64_t least = (bounds.operations + bounds.depth - 1) / bounds.depth;

	if (totals.interrupts && !bounds.may_interrupt)
		check_equal<std::uint64_t>("interrupts of the disks' IO queues", *totals.interrupts,
					   0);
	if (!totals.successes)
		return;
	check_at_least<std::uint64_t>("poll calls that found completions", *totals.successes,
				      bounds.may_interrupt ? 1 : least);
	check_at_most<std::uint64_t>("poll calls that found completions, against requests",
				     *totals.successes, totals.requests + bounds.retries);
}

void check_interrupted(const leaf_totals &totals)
{
	if (totals.interrupts)
		check_at_least<std::uint64_t>("interrupts of the disks' IO queues",
					      *totals.interrupts, 1);
	if (totals.successes)
		check_equal<std::uint64_t>("poll calls that found completions", *totals.successes,
					   0);
}

std::uint64_t count_inflight(const test_device &device)
{
	std::uint64_t sum = 0;

	for (const auto *disk : device.leaves())
		sum += read_inflight(disk->kernel_name);
	return sum;
}

// An operation that failed at once is not in flight either: say that first.
void report_failed_operations(ring &ring)
{
	ring.poll(0);
	for (const auto *op : ring.reap())
		check_at_least("result of the " + to_string(*op), *op->result, 0);
}

void check_still_there(const test_device &device, ring &ring, std::uint64_t operations)
{
	std::this_thread::sleep_for(untouched_time);
	auto visible = ring.visible();
	auto inflight = count_inflight(device);

	if (inflight < operations)
		report_failed_operations(ring);
	check_equal("completions visible before the first poll", visible, 0U);
	check_at_least("requests in flight at the disks, 30 ms after submission and unpolled",
		       inflight, operations);
}

void wait_until_gone(const test_device &device)
{
	auto limit = patient(interrupt_deadline);
	auto deadline = clock::now() + limit;

	set_stage("waiting for interrupts to complete what was submitted to " + device.path);
	while (count_inflight(device) > 0) {
		if (clock::now() > deadline)
			throw mismatch{
				"requests in flight at the disks, unpolled",
				fmt::format("{} after {} s", count_inflight(device), limit.count()),
				"0: they complete by interrupt"};
		std::this_thread::sleep_for(1ms);
	}
}

bool inflight_is_told(const test_device &device)
{
	for (const auto *disk : device.leaves())
		if (!read_queue(disk->kernel_name).iostats)
			return false;
	return true;
}

} // namespace

std::string to_string(const leaf_totals &totals)
{
	return fmt::format("{} requests, {} interrupts, {} of {} poll calls found completions",
			   totals.requests, number_or_unknown(totals.interrupts),
			   number_or_unknown(totals.successes), number_or_unknown(totals.invoked));
}

proof_window::proof_window(const test_device &device)
    : device_(device), before_(read_settled_totals(device))
{
}

leaf_totals proof_window::elapsed() const
{
	auto after = read_totals(device_);

	return {.requests = after.requests - before_.requests,
		.interrupts = difference(after.interrupts, before_.interrupts),
		.successes = difference(after.successes, before_.successes),
		.invoked = difference(after.invoked, before_.invoked)};
}

void check_mode(poll_mode mode, const leaf_totals &totals, const proof_bounds &bounds)
{
	switch (mode) {
	case poll_mode::poll:
		return check_polled(totals, bounds);
	case poll_mode::irq:
		return check_interrupted(totals);
	case poll_mode::eopnotsupp:
		return check_equal<std::uint64_t>("requests that reached a disk", totals.requests,
						  0);
	}
}

void check_untouched(poll_mode mode, const test_device &device, ring &ring,
		     std::uint64_t operations)
{
	if (!inflight_is_told(device))
		return;
	if (mode == poll_mode::poll)
		check_still_there(device, ring, operations);
	else
		wait_until_gone(device);
}

} // namespace dmpoll
