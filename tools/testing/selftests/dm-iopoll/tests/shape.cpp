// SPDX-License-Identifier: GPL-2.0
// dm-linear of one disk, with IO that gets split and submitters that compete.
#include <exception>
#include <thread>

#include <fcntl.h>

#include "cpus.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "proof.hpp"

namespace dmpoll
{

namespace
{

// The two halves of a range in swapped order: what crosses their border is
// split, and the pieces are far apart on the disk.
test_device make_swapped(env &e)
{
	auto whole = random_range(e, 0, region_sectors);
	auto half = whole.length / 2;

	return make_linear(
		e, {{whole.disk, whole.start + half, half}, {whole.disk, whole.start, half}});
}

void two_segments(env &e)
{
	auto device = make_swapped(e);
	auto border = device.extents[1].start;

	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			for (unsigned size : {8192U, 65536U, 1U << 20})
				exercise(e, device,
					 {.dir = dir,
					  .how = how,
					  .block_size = size,
					  .count = 8,
					  .depth = 4,
					  .across = border});
}

// 1 MiB is one bio, larger than most disks take at once: split by limits, all
// pieces polled. 4 MiB is several bios of which 5.10 polls only the last.
void large_io(env &e)
{
	auto device = make_plain_linear(e);

	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			for (unsigned size : {1U << 20, 4U << 20})
				exercise(e, device,
					 {.dir = dir,
					  .how = how,
					  .block_size = size,
					  .count = 4,
					  .depth = 2});
}

void run_on_cpu(unsigned number, const test_device &device, io_job &job)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	unsigned cpu = number % std::thread::hardware_concurrency();

	bind_to_cpu(cpu);
	run_async(file.get(), job, {});
}

// Runs all jobs at once, each in a thread with a ring of its own; rethrows
// what the first failing one threw.
void run_in_threads(const test_device &device, std::vector<io_job> &jobs)
{
	std::vector<std::exception_ptr> errors(jobs.size());
	std::vector<std::jthread> threads;

	for (unsigned number = 0; number < jobs.size(); number++)
		threads.emplace_back([&, number] {
			try {
				run_on_cpu(number, device, jobs[number]);
			} catch (...) {
				errors[number] = std::current_exception();
			}
		});
	for (auto &thread : threads)
		thread.join();
	for (const auto &error : errors)
		if (error)
			std::rethrow_exception(error);
}

// Every other operation of @whole to each of two jobs.
std::vector<io_job> deal_out(const io_job &whole)
{
	std::vector<io_job> jobs;

	for (unsigned part = 0; part < 2; part++) {
		io_job job{whole.shape, aligned_buffer(whole.memory.all().size() / 2), {}};
		auto size = whole.shape.block_size;

		for (std::size_t at = part; at < whole.ops.size(); at += 2) {
			job.ops.push_back(whole.ops[at]);
			job.ops.back().buffer = job.memory.slice(at / 2 * size, size);
		}
		jobs.push_back(std::move(job));
	}
	return jobs;
}

void exercise_two_rings(env &e, const test_device &device, direction dir)
{
	auto mode = expected_mode(e, device, access::async);
	io_shape shape{.dir = dir, .count = 512, .depth = 16};
	auto jobs = deal_out(make_job(e, device, shape));
	auto data_seed = e.random();

	describe_place(e, device, shape);
	for (auto &job : jobs)
		seed_job(device, job, data_seed);
	proof_window window(device);
	run_in_threads(device, jobs);
	auto totals = window.elapsed();

	for (auto &job : jobs)
		check_results(job, mode);
	prove_mode(e, totals, mode, {.operations = shape.count, .depth = 2 * shape.depth});
	for (auto &job : jobs)
		if (mode != poll_mode::eopnotsupp)
			check_job(device, job, data_seed);
}

void two_rings(env &e)
{
	auto device = make_plain_linear(e);

	exercise_two_rings(e, device, direction::read);
	exercise_two_rings(e, device, direction::write);
}

} // namespace

static std::vector<test_case> shape_tests()
{
	return {
		{"linear.two-segments", "two segments of one disk, swapped; IO across their border",
		 two_segments},
		{"linear.large-io", "IO larger than the disk takes at once", large_io},
		{"linear.two-rings", "two threads with rings of their own on one device",
		 two_rings},
	};
}

static const test_group group{shape_tests};

} // namespace dmpoll
