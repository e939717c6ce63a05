// SPDX-License-Identifier: GPL-2.0
// A run's temporary directory and the disk images in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lab
{

// Below $TMPDIR, or /tmp; removed with all its content by the destructor.
class scratch_dir
{
public:
	// Throws lab::failure.
	scratch_dir();
	scratch_dir(const scratch_dir &) = delete;
	scratch_dir &operator=(const scratch_dir &) = delete;
	~scratch_dir();

	const std::filesystem::path &path() const { return path_; }

private:
	std::filesystem::path path_;
};

struct disk_set {
	unsigned count = 0;
	std::uint64_t bytes_each = 0;
};

std::vector<std::filesystem::path> disk_paths(const std::filesystem::path &dir,
					      const disk_set &set);

// Makes the images, sparse: they take space only as the guest writes. A host that runs full later
// shows in the guest as write errors; so that this is rare, each image must find
// `least_free_per_disk` (or its whole size, if smaller) free at the start. Throws lab::failure.
void make_disks(const std::filesystem::path &dir, const disk_set &set);

inline constexpr std::uint64_t least_free_per_disk = 64ULL << 20;

} // namespace lab
