// SPDX-License-Identifier: GPL-2.0
// IO that becomes many requests.
#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned large = 256 << 10; // bytes

io_shape some_of(unsigned size)
{
	return {.block_size = size, .count = 8, .depth = 2};
}

// The limit is lowered while the device knows of the old one, so that the disk
// has to split, and then with a device that knows of it.
void max_sectors(env &e)
{
	auto device = make_plain_linear(e);
	queue_setting limit(e.disks[0].kernel_name, "max_sectors_kb");

	limit.set("16");
	exercise_all_ways(e, device, some_of(large));
	exercise_all_ways(e, make_plain_linear(e), some_of(large));
}

// More pages than one bio takes; several bios of which one is polled for.
void many_pages(env &e)
{
	for (unsigned size : {(1U << 20) + 4096U, 2U << 20})
		exercise_all_ways(e, make_plain_linear(e), some_of(size));
}

// Polls until nothing is in flight at the first disk.
void end_first_half(const env &e, ring &uring)
{
	stopwatch watch;

	while (read_inflight(e.disks[0].kernel_name)) {
		uring.poll(0);
		check_at_most("milliseconds until the first half ended", watch.elapsed().count(),
			      patient(2000L));
	}
}

// The second half of an operation finds no tag, so it is refused, with EAGAIN;
// that ends the operation only when the first half is polled for. io_uring has
// to submit it again.
void refused_part(env &e)
{
	need_polling(e);
	e.need_disks(2);
	queue_setting tags(e.disks[1].kernel_name, "nr_requests");
	auto device =
		make_linear(e, {random_range(e, 0, 8192), {&e.disks[1], region_sectors, 8192}});
	auto raw = make_raw(e, 1);

	tags.set("4");
	for (auto dir : {direction::read, direction::write}) {
		idle_submitter holder(e, raw, {.count = 4, .depth = 4});
		io_shape shape{.dir = dir,
			       .block_size = 8192,
			       .count = 1,
			       .depth = 1,
			       .across = device.extents[1].start};
		auto job = make_job(e, device, shape);
		auto data_seed = e.random();
		auto file = open_file(device.path, O_RDWR | O_DIRECT);

		describe_place(e, device, shape);
		seed_job(device, job, data_seed);
		run_async(file.get(), job, {.limit = 5s, .before_polling = [&](ring &uring, auto) {
						    end_first_half(e, uring);
						    holder.poll(10s);
					    }});
		holder.finish();
		check_results(job, poll_mode::poll);
		check_job(device, job, data_seed);
	}
}

// Segments that do not match the chunks below: of a split bio, one piece is
// split again and the other is not. (A later kernel with dm polling of its own
// dereferences NULL here.)
test_device make_segments_over_stripe(env &e)
{
	if (e.expect.dm == poll_mode::eopnotsupp)
		need_polling(e);
	return stack_shuffled(e, make_stripe(e, {.chunk = 8, .length = 8192}), 40);
}

void one_read_over_stripe(env &e)
{
	exercise(e, make_segments_over_stripe(e), {.block_size = 65536, .count = 1, .depth = 1});
}

void segments_over_stripe(env &e)
{
	auto device = make_segments_over_stripe(e);

	for (unsigned size : {8192U, 20480U, 65536U, large})
		exercise_all_ways(e, device, some_of(size));
}

// Of @levels devices, each of which splits elsewhere.
test_device make_shuffled(env &e, unsigned levels)
{
	if (levels == 1)
		return stack_shuffled(e, make_linear(e, {random_range(e, 0, 16384)}), 128);
	return stack_shuffled(e, make_shuffled(e, levels - 1), 128 - 8 * levels);
}

void depth_6(env &e)
{
	auto device = make_shuffled(e, 5); // and the one below

	exercise_all_ways(e, device, some_of(65536));
	exercise_all_ways(e, device, some_of(large));
}

} // namespace

static std::vector<test_case> split_tests()
{
	return {
		{"split.max-sectors", "256 KiB to a disk that takes 16 KiB at once", max_sectors},
		{"split.many-pages", "IO of more than 256 pages", many_pages},
		{"split.one-read-over-stripe",
		 "one read of 64 KiB of segments of 40 sectors over a stripe of 8",
		 one_read_over_stripe},
		{"split.segments-over-stripe", "segments of 40 sectors over a stripe of 8",
		 segments_over_stripe},
		rescued({"split.refused-part",
			 "half of an operation finds no tag, and has to be sent again",
			 refused_part, false, 75}),
		{"split.depth-6", "six devices, one on the other, each of which splits", depth_6},
	};
}

static const test_group group{split_tests};

} // namespace dmpoll
