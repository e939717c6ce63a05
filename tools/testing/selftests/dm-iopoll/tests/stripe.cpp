// SPDX-License-Identifier: GPL-2.0
// dm-stripe over two disks. Of 5.10 itself it lacks NOWAIT, without which
// async polled IO is refused: --expect=eopnotsupp --filter 'stripe.*'.
#include "stripe.hpp"

#include <fmt/format.h>

#include "exercise.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

// Chunks go to the two disks in turn.
std::vector<extent> lay_out(const disk_range &first, const disk_range &second, std::uint64_t chunk)
{
	std::vector<extent> extents;

	for (std::uint64_t at = 0; at < 2 * first.length; at += chunk) {
		auto number = at / chunk;
		const auto &disk = number % 2 ? second : first;

		extents.push_back({at, chunk, disk.disk, disk.start + number / 2 * chunk});
	}
	return extents;
}

// Within a chunk, over two chunks, over many.
void exercise_sizes(env &e, direction dir)
{
	auto device = make_stripe(e);

	for (auto how : {access::async, access::sync})
		for (unsigned size : {4096U, 32768U, 131072U, 1U << 20})
			exercise(e, device,
				 {.dir = dir, .how = how, .block_size = size, .count = 16});
}

// Each IO is four requests, two to each disk.
void exercise_split(env &e, direction dir)
{
	auto device = make_stripe(e, {.chunk = 8});

	exercise(e, device, {.dir = dir, .how = access::sync, .block_size = 16384});
	for (unsigned depth : {1U, 128U})
		exercise(e, device,
			 {.dir = dir, .block_size = 16384, .count = 256, .depth = depth});
}

// Shifted by what is no multiple of the chunk.
void stacked(env &e)
{
	auto device = stack_linear(e, make_stripe(e, {.chunk = 8}), 1004);

	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			exercise(e, device,
				 {.dir = dir, .how = how, .block_size = 65536, .count = 16});
}

} // namespace

test_device make_stripe(env &e, const stripe_layout &layout)
{
	e.need_disks(2);
	if (layout.polled && e.expect.dm == poll_mode::irq)
		throw skip_test{"needs --expect=poll or eopnotsupp: a stripe that does not poll "
				"refuses async polled IO"};
	auto first = random_range(e, 0, layout.length / 2);
	auto second = random_range(e, 1, layout.length / 2);
	auto params = fmt::format("2 {} {} {} {} {}", layout.chunk, first.disk->path, first.start,
				  second.disk->path, second.start);

	return make_dm(e, {{0, layout.length, "striped", params}},
		       lay_out(first, second, layout.chunk));
}

static std::vector<test_case> stripe_tests()
{
	return {
		{"stripe.read", "reads within a chunk and across many",
		 call<exercise_sizes, direction::read>},
		{"stripe.write", "writes within a chunk and across many",
		 call<exercise_sizes, direction::write>},
		{"stripe.split-read", "16 KiB over four chunks of 4 KiB, depth 1 and 128",
		 call<exercise_split, direction::read>},
		{"stripe.split-write", "the same of writes",
		 call<exercise_split, direction::write>},
		{"stripe.stacked", "dm-linear on a stripe", stacked},
	};
}

static const test_group group{stripe_tests};

} // namespace dmpoll
