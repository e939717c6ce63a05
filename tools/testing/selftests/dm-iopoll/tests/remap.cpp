// SPDX-License-Identifier: GPL-2.0
// The other targets that only remap: unstriped and switch.
#include <fmt/format.h>

#include "exercise.hpp"
#include "stripe.hpp"

namespace dmpoll
{

namespace
{

// One of the two stripes of a dm-stripe: all its sectors are on one disk.
void unstriped(env &e)
{
	need_target("unstriped", "CONFIG_DM_UNSTRIPED");
	need_polling(e);
	constexpr std::uint64_t chunk = 32, length = region_sectors / 2;
	auto stripe = make_stripe(e, {.chunk = chunk});
	auto second = map_sector(stripe, chunk);
	auto device = make_dm(
		e, {{0, length, "unstriped", fmt::format("2 {} 1 {} 0", chunk, stripe.path)}},
		{{0, length, second.disk, second.start}});

	exercise_all(e, device, {4096, 65536});
}

// Regions in turn on two disks, as a message says, at the same sectors of each.
void switched(env &e)
{
	need_target("switch", "CONFIG_DM_SWITCH");
	need_polling(e);
	constexpr std::uint64_t region = 64, length = region_sectors / 4;
	auto first = random_range(e, 0, length), second = random_range(e, 1, length);
	std::vector<extent> extents;
	auto params = fmt::format("2 {} 0 {} {} {} {}", region, first.disk->path, first.start,
				  second.disk->path, second.start);

	for (std::uint64_t at = 0; at < length; at += region) {
		const auto &path = at / region % 2 ? second : first;

		extents.push_back({at, region, path.disk, path.start + at});
	}
	auto device = make_dm(e, {{0, length, "switch", params}}, extents);
	device.stack.top().message(
		fmt::format("set_region_mappings 0:0 1:1 R2,{:x}", length / region - 2));
	exercise_all(e, device, {4096, 65536});
}

} // namespace

static std::vector<test_case> remap_tests()
{
	return {
		{"remap.unstriped", "one stripe of a dm-stripe, through dm-unstripe", unstriped},
		{"remap.switch", "dm-switch over two disks", switched},
	};
}

static const test_group group{remap_tests};

} // namespace dmpoll
