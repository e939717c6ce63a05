// SPDX-License-Identifier: GPL-2.0
// Memory runs out, or a disk refuses a bio, at each place of the submission of
// polled IO in turn.
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/uio.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/fault.hpp"
#include "lib/patience.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned most_places = 400; // far more than there are

struct fault_counts {
	unsigned places = 0, errors = 0;
};

void need_faults(fault_kind kind)
{
	if (auto option = missing_fault_option(kind); !option.empty())
		throw skip_test{"needs fault injection: build the kernel with " + option};
}

// True when the fault was injected.
bool submit_with_fault(ring &uring, unsigned nth)
{
	nth_fault fault(nth);

	try {
		uring.submit();
	} catch (const std::system_error &error) {
		if (error.code().value() != EAGAIN) // no memory for a request of the ring's own
			throw;
		fault.end();
		uring.submit();
		return true;
	}
	return fault.end();
}

bool run_async_with_fault(int file, io_job &job, unsigned nth)
{
	ring uring({.entries = job.shape.depth});
	stopwatch watch;
	std::size_t done = 0;

	uring.use_file(file);
	for (auto &op : job.ops)
		uring.prepare(op);
	bool hit = submit_with_fault(uring, nth);
	while (done < job.ops.size()) {
		set_stage(fmt::format("polling after fault {}; {} of {} operations are back", nth,
				      done, job.ops.size()));
		uring.poll(1);
		done += uring.reap().size();
		if (watch.elapsed() > patient(5s))
			throw mismatch{"completions after a fault", std::to_string(done),
				       std::to_string(job.ops.size())};
	}
	return hit;
}

bool run_sync_with_fault(int file, io_job &job, unsigned nth)
{
	stopwatch watch;
	nth_fault fault(nth);

	run_sync(file, job);
	bool hit = fault.end();
	check_at_most("milliseconds of sync IO with a fault", watch.elapsed().count(),
		      std::chrono::milliseconds(patient(5s)).count());
	return hit;
}

// Drops what failed as it may from @job; returns how many that were.
unsigned take_errors(io_job &job)
{
	auto before = job.ops.size();

	std::erase_if(job.ops, [](const auto &op) {
		// the last: the NVMe driver has faults of its own, "invalid opcode"
		return op.result == -ENOMEM || op.result == -EAGAIN || op.result == -EIO ||
		       op.result == -EOPNOTSUPP;
	});
	return static_cast<unsigned>(before - job.ops.size());
}

// One round for each place that may fail. Some places are not there in each
// round (a kernel that checks itself allocates now and then): three rounds
// without a fault are the end.
fault_counts try_all_places(env &e, const test_device &device, const io_shape &shape)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	fault_counts counts;
	unsigned misses = 0;

	describe_place(e, device, shape);
	while (++counts.places < most_places) {
		auto job = make_job(e, device, shape);
		auto data_seed = e.random();

		seed_job(device, job, data_seed);
		bool hit = shape.how == access::sync
				   ? run_sync_with_fault(file.get(), job, counts.places)
				   : run_async_with_fault(file.get(), job, counts.places);
		counts.errors += take_errors(job);
		check_results(job, poll_mode::poll);
		check_job(device, job, data_seed);
		misses = hit ? 0 : misses + 1;
		if (misses == 3)
			break;
	}
	return counts;
}

void exercise_faults(env &e, const test_device &device, fault_kind kind, access how)
{
	for (auto dir : {direction::read, direction::write}) {
		possible_faults possible(kind, device.leaves()[0]->kernel_name);
		auto counts = try_all_places(
			e, device,
			{.dir = dir, .how = how, .block_size = 64 << 10, .count = 2, .depth = 2});

		e.notes += fmt::format("{}: {} places failed, {} errors\n", e.shape,
				       counts.places - 3, counts.errors);
		check_at_least("places of the submission that may fail", counts.places, 4U);
		check_at_most("places of the submission that may fail", counts.places,
			      most_places - 1);
		if (kind == fault_kind::bio)
			check_at_least("operations that failed", counts.errors, 1U);
	}
	exercise(e, device, {.how = how});
}

void run_faults(env &e, fault_kind kind, access how)
{
	need_polling(e, how);
	need_faults(kind);
	exercise_faults(e, make_plain_linear(e), kind, how);
	exercise_faults(e, make_stripe(e, {.chunk = 32}), kind, how);
}

} // namespace

static std::vector<test_case> fault_tests()
{
	return {
		{"fault.memory-async", "no memory, anywhere in an IOPOLL ring's submission",
		 call<run_faults, fault_kind::memory, access::async>, false, long_limit},
		{"fault.memory-sync", "no memory, anywhere in a polled preadv2 or pwritev2",
		 call<run_faults, fault_kind::memory, access::sync>, false, long_limit},
		{"fault.bio-async", "a disk refuses any one bio of an IOPOLL ring's",
		 call<run_faults, fault_kind::bio, access::async>, false, long_limit},
		{"fault.bio-sync", "a disk refuses any one bio of a polled preadv2 or pwritev2",
		 call<run_faults, fault_kind::bio, access::sync>, false, long_limit},
	};
}

static const test_group group{fault_tests};

} // namespace dmpoll
