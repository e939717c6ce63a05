// SPDX-License-Identifier: GPL-2.0
// Files on a file system on a device under test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/fd.hpp"
#include "lib/mount.hpp"

namespace dmpoll
{

struct filesystem_type {
	std::string name;
	std::vector<std::string> mkfs; // the command, but for the device
	std::string package;           // which has that command
	std::string config;            // of the kernel
};

const filesystem_type &ext4_type();
const filesystem_type &xfs_type();
const filesystem_type &ext2_type(); // its direct IO is fs/direct-io.c's

// Skips the test unless one can be made and mounted; gives the process mounts of
// its own.
void need_filesystem(const filesystem_type &);

// Makes one on the device and mounts it.
mounted_filesystem make_filesystem(const filesystem_type &, const test_device &);

// A file with its blocks written once, open for direct IO.
unique_fd make_file(const mounted_filesystem &, std::uint64_t size,
		    const std::string &name = "file");

// A file of many extents, with its blocks written once, open for direct IO.
unique_fd make_fragmented_file(const mounted_filesystem &, std::uint64_t size);

struct file_range {
	std::uint64_t size = 0; // of the file
	io_shape shape;
};

// Operations spread over the file, from its beginning to its end.
io_job make_file_job(const file_range &range);

// As seed_job() and check_job(): by plain IO to the file.
void seed_file(int file, io_job &job, std::uint64_t data_seed);
void check_file(int file, io_job &job, std::uint64_t data_seed);

} // namespace dmpoll
