// SPDX-License-Identifier: GPL-2.0
// Superblock: version 1.2, Documentation/admin-guide/md.rst and
// include/uapi/linux/raid/md_p.h of the kernel.
#include "md_linear.hpp"

#include <array>
#include <cstring>

#include <endian.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/types.h>

#include <linux/major.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>

#include "buffer.hpp"
#include "error.hpp"
#include "fd.hpp"

namespace dmpoll
{

namespace
{

constexpr std::size_t block_size = 4096;      // bytes; of the superblock, too
constexpr std::uint64_t superblock_place = 8; // sectors
constexpr std::size_t most_members = 16;      // a multiple of two, for the sum below
// The kernel counts changes; the superblock of a new member must not be older.
constexpr std::uint64_t events_of_a_life = 1 << 20;
constexpr int linear_level = -1;

// The sum of all 32-bit words, its carries added.
std::uint32_t checksum(const mdp_superblock_1 &super)
{
	std::array<std::uint32_t, (sizeof(super) + 2 * most_members) / 4> words;
	std::uint64_t sum = 0;

	std::memcpy(words.data(), &super, sizeof(words));
	for (auto word : words)
		sum += le32toh(word);
	return static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(sum >> 32);
}

std::string path_of(const std::string &member)
{
	return "/dev/" + member;
}

} // namespace

void md_linear::write_superblock(const std::string &member, std::size_t number,
				 std::size_t count) const
{
	aligned_buffer memory(block_size);
	auto &super = *reinterpret_cast<mdp_superblock_1 *>(memory.all().data());

	super.magic = htole32(MD_SB_MAGIC);
	super.major_version = htole32(1);
	std::memcpy(super.set_uuid, "dm-iopoll linear", sizeof(super.set_uuid));
	super.level = htole32(static_cast<std::uint32_t>(linear_level));
	super.raid_disks = htole32(count);
	super.data_offset = htole64(data_offset);
	super.data_size = htole64(length_);
	super.super_offset = htole64(superblock_place);
	super.dev_number = htole32(number);
	super.device_uuid[0] = static_cast<__u8>(number);
	super.events = htole64(count * events_of_a_life);
	super.resync_offset = htole64(~0ULL);
	super.max_dev = htole32(most_members);
	for (std::size_t i = 0; i < most_members; i++)
		super.dev_roles[i] = htole16(i < count ? i : MD_DISK_ROLE_SPARE);
	super.sb_csum = htole32(checksum(super));

	auto path = path_of(member);
	auto file = open_file(path, O_WRONLY | O_DIRECT);

	check_errno(pwrite(file.get(), memory.all().data(), block_size, superblock_place * 512),
		    "write a superblock of md to " + path);
}

md_linear::md_linear(const std::string &name, const std::vector<std::string> &members,
		     std::uint64_t length)
    : array_(name), length_(length), count_(members.size())
{
	array_.set("metadata_version", "1.2");
	for (std::size_t i = 0; i < count_; i++) {
		write_superblock(members[i], i, count_);
		array_.take(members[i]);
	}
	array_.set("array_state", "active");
}

void md_linear::add(const std::string &member)
{
	auto path = path_of(member);
	auto array = open_file(array_.path(), O_RDONLY);
	mdu_disk_info_t info{};
	struct stat status;

	write_superblock(member, count_, count_ + 1);
	check_errno(stat(path.c_str(), &status), "stat " + path);
	info.number = info.raid_disk = static_cast<int>(count_);
	info.major = static_cast<int>(major(status.st_rdev));
	info.minor = static_cast<int>(minor(status.st_rdev));
	info.state = 1 << MD_DISK_SYNC;
	check_errno(ioctl(array.get(), ADD_NEW_DISK, &info),
		    "add " + member + " to " + array_.name());
	count_++;
}

} // namespace dmpoll
