// SPDX-License-Identifier: GPL-2.0
#include "disk.hpp"

#include <cerrno>
#include <filesystem>
#include <memory>
#include <vector>

#include <blkid/blkid.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "error.hpp"
#include "queue_stats.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

std::string device_number(dev_t device)
{
	return fmt::format("{}:{}", major(device), minor(device));
}

namespace
{

struct stat stat_block_device(const std::string &path)
{
	struct stat status;

	check_errno(
		::stat(path.c_str(), &status),
		fmt::format("cannot use {} as a test disk; name an existing block device", path));
	if (!S_ISBLK(status.st_mode))
		throw_errno(ENOTBLK, fmt::format("{} is not a block device; name a disk or a "
						 "partition, such as /dev/nvme0n1",
						 path));
	return status;
}

std::string kernel_name_of(dev_t device)
{
	auto path = fmt::format("/sys/dev/block/{}", device_number(device));

	return fs::canonical(path).filename();
}

// @name itself and, of a whole disk, its partitions.
std::vector<std::string> with_partitions(const std::string &name)
{
	std::vector<std::string> names{name};

	for (const auto &entry : fs::directory_iterator("/sys/class/block/" + name + "/"))
		if (fs::exists(entry.path() / "partition"))
			names.push_back(entry.path().filename());
	return names;
}

void refuse_holders(const std::string &path, const std::string &name)
{
	std::vector<std::string> holders;

	for (const auto &entry : fs::directory_iterator("/sys/class/block/" + name + "/holders"))
		holders.push_back(entry.path().filename());
	if (!holders.empty())
		throw_errno(EBUSY, fmt::format("{} is in use: {} is held by {}; remove that first, "
					       "or name another disk",
					       path, name, fmt::join(holders, ", ")));
}

// The third field of mountinfo is the device number, the fifth the mount point.
void refuse_mounts(const std::string &path, const std::string &name)
{
	auto number = trim(read_text("/sys/class/block/" + name + "/dev"));

	for (const auto &line : split_lines(read_text("/proc/self/mountinfo"))) {
		auto words = split_words(line);

		if (words.size() > 4 && words[2] == number)
			throw_errno(EBUSY, fmt::format("{} is in use: {} is mounted on {}; unmount "
						       "it, or name another disk",
						       path, name, words[4]));
	}
}

// O_EXCL fails while anybody (a mount, swap, md, dm) holds the disk or a part
// of it. Given back at once: dm wants the same claim for itself.
void refuse_exclusive_openers(const std::string &path, int access)
{
	unique_fd fd(::open(path.c_str(), access | O_EXCL | O_CLOEXEC));

	check_errno(fd.get(), fmt::format("cannot have {} to ourselves; stop what uses it (lsblk, "
					  "swapon, fuser -v {}), or name another disk",
					  path, path));
}

unique_fd open_locked(const std::string &path, int access)
{
	auto fd = open_file(path, access);

	check_errno(::flock(fd.get(), LOCK_EX | LOCK_NB),
		    fmt::format("{} is locked by another program, perhaps another run of this "
				"test; wait for its end",
				path));
	return fd;
}

std::string find_signature(const std::string &path)
{
	std::unique_ptr<struct blkid_struct_probe, decltype(&blkid_free_probe)> probe(
		blkid_new_probe_from_filename(path.c_str()), blkid_free_probe);
	const char *value = nullptr;

	if (!probe)
		return {};
	if (blkid_probe_enable_partitions(probe.get(), 1) || blkid_do_safeprobe(probe.get()))
		return {};
	for (const char *field : {"TYPE", "PTTYPE"})
		if (!blkid_probe_lookup_value(probe.get(), field, &value, nullptr))
			return value;
	return {};
}

} // namespace

claimed_disk claim_disk(const std::string &path, const claim_options &options)
{
	int access = options.read_only ? O_RDONLY : O_RDWR;
	auto name = kernel_name_of(stat_block_device(path).st_rdev);
	claimed_disk disk{.path = path, .kernel_name = name, .signature = {}, .fd = {}};

	for (const auto &part : with_partitions(name)) {
		refuse_mounts(path, part);
		refuse_holders(path, part);
	}
	refuse_exclusive_openers(path, access);
	disk.fd = open_locked(path, access);
	disk.signature = find_signature(path);
	disk.logical_block_size = read_queue(name).logical_block_size;
	check_errno(::ioctl(disk.fd.get(), BLKGETSIZE64, &disk.size), "size of " + path);
	return disk;
}

} // namespace dmpoll
