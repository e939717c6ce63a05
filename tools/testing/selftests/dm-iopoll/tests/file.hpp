// SPDX-License-Identifier: GPL-2.0
// Files on a file system on a device under test.
#pragma once

#include <cstdint>
#include <string>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/fd.hpp"
#include "lib/mount.hpp"

namespace dmpoll
{

// Skips the test unless ext4 can be made and mounted; gives the process mounts
// of its own.
void need_ext4();

// Makes an ext4 on the device and mounts it.
mounted_filesystem make_ext4(const test_device &);

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
