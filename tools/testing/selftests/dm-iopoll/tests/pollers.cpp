// SPDX-License-Identifier: GPL-2.0
// More than one poller, and pollers that are not where the submitter was.
#include <future>

#include <fcntl.h>

#include "cpus.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

void submit_all(ring &ring, int file, io_job &job)
{
	ring.use_file(file);
	for (auto &op : job.ops)
		ring.prepare(op);
	ring.submit();
}

void poll_all(ring &ring, const io_job &job)
{
	stopwatch watch;

	for (std::size_t done = 0; done < job.ops.size(); done += ring.reap().size()) {
		ring.poll(1);
		check_at_most("milliseconds to poll for all operations", watch.elapsed().count(),
			      2000L);
	}
}

// Whoever polls first finds the other's completions, too.
void two_rings(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);
	io_shape shape{.count = 16, .depth = 16};
	auto one = make_job(e, device, shape), two = make_job(e, device, shape);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	ring first, second;

	check_polls(device);
	describe_place(e, device, shape);
	for (auto *job : {&one, &two})
		seed_job(device, *job, 1);
	proof_window window(device);
	submit_all(first, file.get(), one);
	submit_all(second, file.get(), two);
	poll_all(first, one);
	poll_all(second, two);
	prove_mode(e, window.elapsed(), poll_mode::poll, {.operations = 32, .depth = 32});
	for (auto *job : {&one, &two}) {
		check_results(*job, poll_mode::poll);
		check_job(device, *job, 1);
	}
}

// What one CPU submitted is polled for by the other one.
void other_cpu(env &e)
{
	need_polling(e);
	need_two_cpus();
	auto device = make_plain_linear(e);

	check_polls(device);
	for (unsigned cpu : {0U, 1U}) {
		io_shape shape{
			.dir = cpu ? direction::write : direction::read, .count = 32, .depth = 32};
		auto job = make_seeded_job(e, device, shape, 1);
		auto file = open_file(device.path, O_RDWR | O_DIRECT);

		bind_to_cpu(cpu);
		proof_window window(device);
		run_async(file.get(), job, {.before_polling = [&](ring &ring, std::uint64_t count) {
				  check_untouched(poll_mode::poll, device, ring, count);
				  bind_to_cpu(1 - cpu);
			  }});
		prove_mode(e, window.elapsed(), poll_mode::poll, {.operations = 32, .depth = 32});
		check_results(job, poll_mode::poll);
		check_job(device, job, 1);
	}
}

// One has a ring, the other one uses RWF_HIPRI; the file is the same.
void two_threads(env &e)
{
	need_polling(e, access::sync);
	need_two_cpus();
	auto device = make_plain_linear(e);
	io_shape shape{.count = 256, .depth = 8};
	auto one = make_job(e, device, shape), two = make_job(e, device, shape);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	check_polls(device);
	describe_place(e, device, shape);
	for (auto *job : {&one, &two})
		seed_job(device, *job, 1);
	proof_window window(device);
	auto other = std::async(std::launch::async, [&] {
		bind_to_cpu(1);
		run_sync(file.get(), two);
	});
	bind_to_cpu(0);
	stopwatch watch;
	run_async(file.get(), one, {});
	other.get();
	check_time(e, "256 reads in each of two threads", watch, 5s);
	prove_mode(e, window.elapsed(), poll_mode::poll, {.operations = 512, .depth = 9});
	for (auto *job : {&one, &two}) {
		check_results(*job, poll_mode::poll);
		check_job(device, *job, 1);
	}
}

} // namespace

static std::vector<test_case> pollers_tests()
{
	return {
		{"pollers.two-rings", "two IOPOLL rings of one process", two_rings},
		{"pollers.other-cpu", "IO polled for by another CPU than submitted it", other_cpu,
		 false, long_limit},
		{"pollers.two-threads", "a ring and RWF_HIPRI at once, on two CPUs", two_threads,
		 false, long_limit},
	};
}

static const test_group group{pollers_tests};

} // namespace dmpoll
