// SPDX-License-Identifier: GPL-2.0
// Stacks in which many ways lead from the top to one disk: each device below is
// looked at once, not once for each way.
#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// Each level is two halves of the one below.
test_device make_halves(env &e, test_device below, unsigned levels)
{
	auto half = below.sectors() / 2;

	if (!levels)
		return below;
	return make_halves(e, stack_shuffled(e, std::move(below), half), levels - 1);
}

// Each level is two devices, alike, over both of the level below: 4096 ways.
test_device make_pairs(env &e)
{
	auto device = make_plain_linear(e);
	auto half = device.sectors() / 2;
	auto first = device.path, second = first;

	for (unsigned level = 0; level < 12; level++) {
		std::vector<dm_segment> table{
			{0, half, "linear", first + " 0"},
			{half, half, "linear", fmt::format("{} {}", second, half)}};

		for (auto *path : {&second, &first}) {
			auto name = e.prefix + std::to_string(e.devices_made++);

			device.stack.push(dm_device::create(name, table));
			*path = device.stack.top().path();
		}
	}
	device.path = device.stack.top().path();
	device.kernel_name = device.stack.top().kernel_name();
	device.table = fmt::format("12 levels of two devices each, over\nbelow:  {}", device.table);
	return device;
}

void look_at(env &e, test_device device)
{
	stopwatch reading;
	for (unsigned round = 0; round < 10; round++)
		check_polls(device);
	check_time(e, "10 reads of io_poll", reading, 300ms);
	for (auto how : {access::sync, access::async}) {
		auto job = make_seeded_job(e, device,
					   {.how = how,
					    .block_size = 8192,
					    .count = 32,
					    .depth = 1,
					    .across = device.sectors() / 2},
					   1);
		auto file = open_file(device.path, O_RDONLY | O_DIRECT);
		child_process reader("polled reads", [&] {
			run_io(file.get(), job);
			check_results(job, poll_mode::poll);
			check_job(device, job, 1);
		});
		stopwatch watch;

		reader.finish(10s);
		check_time(e, e.shape, watch, 2s);
	}
}

void halves(env &e)
{
	need_polling(e, access::sync);
	look_at(e, make_halves(e, make_plain_linear(e), 16)); // 65536 ways
}

void pairs(env &e)
{
	need_polling(e, access::sync);
	look_at(e, make_pairs(e));
}

} // namespace

static std::vector<test_case> diamond_tests()
{
	return {
		{"diamond.halves", "16 levels, each of two halves of the one below", halves, false,
		 long_limit},
		{"diamond.pairs", "12 levels of two devices over both of the level below", pairs,
		 false, long_limit},
	};
}

static const test_group group{diamond_tests};

} // namespace dmpoll
