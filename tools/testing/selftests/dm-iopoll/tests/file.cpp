// SPDX-License-Identifier: GPL-2.0
#include "file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "lib/command.hpp"
#include "lib/error.hpp"
#include "lib/pattern.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

constexpr std::uint64_t fragment = 64 << 10; // bytes

void transfer(int file, const io_op &op, direction dir)
{
	auto at = static_cast<off_t>(op.offset);
	auto done = dir == direction::read ? ::pread(file, op.buffer.data(), op.buffer.size(), at)
					   : ::pwrite(file, op.buffer.data(), op.buffer.size(), at);

	check_errno(done, "plain " + to_string(dir) + " of a file");
	if (static_cast<std::size_t>(done) != op.buffer.size())
		throw_errno(EIO, fmt::format("plain {} of a file: {} of {} bytes", to_string(dir),
					     done, op.buffer.size()));
}

void allocate(const unique_fd &file, std::uint64_t at)
{
	check_errno(::fallocate(file.get(), 0, static_cast<off_t>(at), fragment),
		    "allocate space for a file");
}

// Extents that were only allocated are converted by writes: that is not the IO
// to be looked at.
void write_all(const unique_fd &file, std::uint64_t size)
{
	aligned_buffer memory(1 << 20);

	for (std::uint64_t at = 0; at < size; at += memory.all().size())
		transfer(file.get(), {.offset = at, .buffer = memory.all()}, direction::write);
	check_errno(::fsync(file.get()), "fsync a file");
}

std::uint64_t count_extents(const unique_fd &file)
{
	struct fiemap map = {};

	map.fm_length = FIEMAP_MAX_OFFSET;
	check_errno(::ioctl(file.get(), FS_IOC_FIEMAP, &map), "ask for the extents of a file");
	return map.fm_mapped_extents;
}

} // namespace

const filesystem_type &ext4_type()
{
	static const filesystem_type type{"ext4",
					  {"mkfs.ext4", "-q", "-F", "-E",
					   "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-J",
					   "size=4", "-m", "0"},
					  "e2fsprogs",
					  "CONFIG_EXT4_FS"};

	return type;
}

const filesystem_type &ext2_type()
{
	static const filesystem_type type{"ext2",
					  {"mkfs.ext2", "-q", "-F", "-E", "nodiscard", "-m", "0"},
					  "e2fsprogs",
					  "CONFIG_EXT2_FS"};

	return type;
}

// Since 6.0, mkfs.xfs makes none below 300 MiB unless it is told so; since 6.5
// it turns on a feature that 5.10 cannot mount.
const filesystem_type &xfs_type()
{
	static const filesystem_type type{
		"xfs",
		{"mkfs.xfs", "-q", "-f", "-K", "--unsupported", "-i", "nrext64=0"},
		"xfsprogs 6.0 or newer",
		"CONFIG_XFS_FS"};

	return type;
}

void need_filesystem(const filesystem_type &type)
{
	if (!has_program(type.mkfs[0]))
		throw skip_test{fmt::format("needs {}: install {}", type.mkfs[0], type.package)};
	if (!has_filesystem(type.name))
		throw skip_test{fmt::format("needs {0}: build the kernel with {1}, or load the "
					    "module {0}",
					    type.name, type.config)};
	make_mounts_private();
}

mounted_filesystem make_filesystem(const filesystem_type &type, const test_device &device)
{
	auto command = type.mkfs;

	set_stage("making a file system on " + device.path);
	command.push_back(device.path);
	run_command(command);
	return {type.name, device.path};
}

unique_fd make_file(const mounted_filesystem &where, std::uint64_t size, const std::string &name)
{
	constexpr int flags = O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC;
	unique_fd file(::open((where.path() + "/" + name).c_str(), flags, 0600));

	check_errno(file.get(), "create a file in " + where.path());
	write_all(file, size);
	return file;
}

// Two files take turns, so that each gets every other fragment.
unique_fd make_fragmented_file(const mounted_filesystem &where, std::uint64_t size)
{
	constexpr int flags = O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC;
	unique_fd file(::open((where.path() + "/file").c_str(), flags, 0600));
	unique_fd other(::open((where.path() + "/other").c_str(), flags, 0600));

	check_errno(file.get(), "create a file in " + where.path());
	check_errno(other.get(), "create a file in " + where.path());
	set_stage("writing a file in " + where.path());
	for (std::uint64_t at = 0; at < size; at += fragment) {
		allocate(file, at);
		allocate(other, at);
	}
	write_all(file, size);
	check_at_least<std::uint64_t>("extents of a fragmented file", count_extents(file),
				      size / fragment / 2);
	return file;
}

io_job make_file_job(const file_range &range)
{
	const auto &shape = range.shape;
	io_job job{shape, aligned_buffer(std::size_t{shape.count} * shape.block_size), {}};
	auto step = range.size / shape.count / 4096 * 4096;

	for (std::size_t at = 0; at < shape.count; at++)
		job.ops.push_back(
			{.dir = shape.dir,
			 .offset = at * step,
			 .buffer = job.memory.slice(at * shape.block_size, shape.block_size)});
	return job;
}

void seed_file(int file, io_job &job, std::uint64_t data_seed)
{
	for (auto &op : job.ops) {
		fill_pattern(op.buffer, op.offset / sector_size, {data_seed});
		if (op.dir == direction::read) {
			transfer(file, op, direction::write);
			std::fill(op.buffer.begin(), op.buffer.end(), std::byte{0});
		}
	}
}

void check_file(int file, io_job &job, std::uint64_t data_seed)
{
	for (auto &op : job.ops) {
		if (op.dir == direction::write)
			transfer(file, op, direction::read);
		if (auto bad = check_pattern(op.buffer, op.offset / sector_size, {data_seed}))
			throw mismatch{"data of the " + to_string(op) + " of the file", bad->got,
				       bad->wanted};
	}
}

} // namespace dmpoll
