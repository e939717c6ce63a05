// SPDX-License-Identifier: GPL-2.0
// dm-stripe over two disks. Of 5.10 itself it lacks NOWAIT, without which
// async polled IO is refused: --expect=eopnotsupp --filter 'stripe.*'. Other
// targets are polled or not independently of that, so these run on request.
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"

namespace dmpoll
{

namespace
{

constexpr std::uint64_t chunk_sectors = 32; // 16 KiB

// Chunks go to the two disks in turn.
std::vector<extent> lay_out(const disk_range &first, const disk_range &second)
{
	std::vector<extent> extents;

	for (std::uint64_t at = 0; at < 2 * first.length; at += chunk_sectors) {
		auto chunk = at / chunk_sectors;
		const auto &disk = chunk % 2 ? second : first;

		extents.push_back(
			{at, chunk_sectors, disk.disk, disk.start + chunk / 2 * chunk_sectors});
	}
	return extents;
}

test_device make_stripe(env &e)
{
	e.need_disks(2);
	auto first = random_range(e, 0, region_sectors / 2);
	auto second = random_range(e, 1, region_sectors / 2);
	auto params = fmt::format("2 {} {} {} {} {}", chunk_sectors, first.disk->path, first.start,
				  second.disk->path, second.start);

	return make_dm(e, {{0, region_sectors, "striped", params}}, lay_out(first, second));
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

void read(env &e)
{
	exercise_sizes(e, direction::read);
}

void write(env &e)
{
	exercise_sizes(e, direction::write);
}

} // namespace

std::vector<test_case> stripe_tests()
{
	return {
		{"stripe.read", "reads within a chunk and across many", read, true},
		{"stripe.write", "writes within a chunk and across many", write, true},
	};
}

} // namespace dmpoll
