// SPDX-License-Identifier: GPL-2.0
// Disks named by the user for tests, and the check that nobody uses them.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "fd.hpp"

namespace dmpoll
{

// A disk, or partition, of which claim_disk() made sure. Holds an flock(2) on
// it, so that udev does not read it behind our back, until it goes; not O_EXCL,
// since then no dm device could be put on it.
struct claimed_disk {
	std::string path;        // as named by the user
	std::string kernel_name; // "nvme0n1"
	std::uint64_t size = 0;  // bytes
	unsigned logical_block_size = 512;
	std::string signature; // of what is on it, by libblkid ("ext4"); mostly empty
	unique_fd fd;
};

// "259:0", as in the names below /sys/dev.
std::string device_number(dev_t device);

struct claim_options {
	bool read_only = false; // open nothing for writing
};

// Throws std::system_error, saying what is wrong and what to do about it,
// unless @path is a block device that nobody mounts, holds or has opened O_EXCL.
claimed_disk claim_disk(const std::string &path, const claim_options &options = {});

} // namespace dmpoll
