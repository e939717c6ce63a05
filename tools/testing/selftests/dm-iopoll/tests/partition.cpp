// SPDX-License-Identifier: GPL-2.0
// Two partitions of one disk are two devices to dm and one queue to poll.
#include "partition.hpp"

#include <cctype>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <linux/blkpg.h>
#include <sys/ioctl.h>

#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/queue_stats.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

kernel_partition::kernel_partition(const disk_range &range, int number)
    : disk_(*range.disk), number_(number)
{
	call(BLKPG_ADD_PARTITION, range);
}

kernel_partition::~kernel_partition()
{
	try {
		call(BLKPG_DEL_PARTITION, {});
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

// nvme0n1p1, but sda1.
std::string kernel_partition::path() const
{
	bool digit = std::isdigit(static_cast<unsigned char>(disk_.kernel_name.back()));

	return fmt::format("/dev/{}{}{}", disk_.kernel_name, digit ? "p" : "", number_);
}

void kernel_partition::call(int operation, const disk_range &range)
{
	struct blkpg_partition part = {};
	struct blkpg_ioctl_arg arg = {
		.op = operation, .flags = 0, .datalen = sizeof(part), .data = &part};

	part.pno = number_;
	part.start = static_cast<long long>(range.start * 512);
	part.length = static_cast<long long>(range.length * 512);
	check_errno(::ioctl(disk_.fd.get(), BLKPG, &arg),
		    fmt::format("{} partition {} of {}",
				operation == BLKPG_ADD_PARTITION ? "add" : "remove", number_,
				disk_.path));
}

namespace
{

void need_bare_disk(const env &e)
{
	e.need_disks(1);
	const auto &name = e.disks[0].kernel_name;

	if (whole_disk(name) != name)
		throw skip_test{"needs a whole disk: name that instead of a partition as the "
				"first --disk"};
	for (const auto &entry :
	     std::filesystem::directory_iterator("/sys/class/block/" + name + "/"))
		if (std::filesystem::exists(entry.path() / "partition"))
			throw skip_test{"needs a disk without partitions: partx -d " +
					e.disks[0].path + ", or name another as the first --disk"};
}

void two_of_one_disk(env &e)
{
	constexpr std::uint64_t length = region_sectors / 2, gap = 2048;
	need_bare_disk(e);
	const auto *disk = &e.disks[0];
	disk_range first{disk, gap, length}, second{disk, 2 * gap + length, length};
	kernel_partition one(first, 1), two(second, 2);
	auto device =
		make_dm(e,
			{{0, length, "linear", two.path() + " 0"},
			 {length, length, "linear", one.path() + " 0"}},
			{{0, length, disk, second.start}, {length, length, disk, first.start}});

	exercise_all_ways(e, device, {.block_size = 65536, .count = 32, .across = length});
}

} // namespace

static std::vector<test_case> partition_tests()
{
	return {
		{"partition.two-of-one-disk", "dm-linear over two partitions of one disk",
		 two_of_one_disk},
	};
}

static const test_group group{partition_tests};

} // namespace dmpoll
