// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "lib/queue_stats.hpp"

#include <optional>
#include <string>

namespace dmpoll
{

// What the user named: a block device, or a file or directory on one.
struct subject {
	std::string argument{};   // as named
	std::string path{};       // of what is meant: "/dev/mapper/vg-home" for "vg/home"
	std::string device{};     // kernel name of the block device
	std::string filesystem{}; // type of the file system; empty for a block device
	std::string mount_point{};

	bool is_device() const { return filesystem.empty(); }
};

// The path of a device that is named like people do, where there is no file of that name: nvme0n1,
// a name of dmsetup, VOLUME-GROUP/VOLUME, UUID=, LABEL=, PARTUUID=, PARTLABEL=. Nothing else is
// changed. @dev: a directory like /dev.
std::string path_of_name(const std::string &name, const std::string &dev = "/dev");

// Throws std::system_error, naming thing, cause and cure: no such file, no permission to look at
// it, neither block device nor file nor directory, a file system without a block device.
subject find_subject(const std::string &argument, const file_roots &roots = {});

// A line of /proc/self/mountinfo.
struct mount_entry {
	std::string number{}; // "259:1"
	std::string point{};
	std::string type{};
	std::string source{}; // "/dev/nvme0n1p1", or anything
};

// nullopt for a line that is none. Octal escapes (\040) are resolved.
std::optional<mount_entry> parse_mount(const std::string &line);

} // namespace dmpoll
