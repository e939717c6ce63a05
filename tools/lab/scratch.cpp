// SPDX-License-Identifier: GPL-2.0
#include "scratch.hpp"
#include "failure.hpp"
#include "process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

fs::path temporary_root()
{
	const char *dir = std::getenv("TMPDIR");
	return dir && *dir ? fs::path(dir) : fs::path("/tmp");
}

void check_space(const fs::path &dir, const disk_set &set)
{
	struct statvfs info {
	};
	if (statvfs(dir.c_str(), &info) != 0)
		throw failure(errno, fmt::format("The temporary directory {} cannot be examined: "
						 "{}. Name another one with TMPDIR.",
						 dir.string(), strerror(errno)));
	const auto free_bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
	const auto need = set.count * std::min(set.bytes_each, least_free_per_disk);
	if (free_bytes < need)
		throw failure(ENOSPC,
			      fmt::format("The disk images need at least {} MiB in {}, but only "
					  "{} MiB are free. Free some space, name another "
					  "directory with TMPDIR, or ask for fewer or smaller "
					  "disks (--nvme, --nvme-size).",
					  need >> 20, dir.string(), free_bytes >> 20));
}

void make_disk(const fs::path &path, std::uint64_t bytes)
{
	const unique_fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (!fd || ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0)
		throw failure(errno, fmt::format("The disk image {} of {} MiB cannot be made: {}. "
						 "Name another directory with TMPDIR, or ask for "
						 "smaller disks (--nvme-size).",
						 path.string(), bytes >> 20, strerror(errno)));
}

} // namespace

scratch_dir::scratch_dir()
{
	auto name = (temporary_root() / "lab.XXXXXX").string();
	if (!mkdtemp(name.data()))
		throw failure(errno, fmt::format("No temporary directory can be made in {}: {}. "
						 "Name another one with TMPDIR.",
						 temporary_root().string(), strerror(errno)));
	path_ = fs::absolute(name);
}

scratch_dir::~scratch_dir()
{
	std::error_code ignored;
	fs::remove_all(path_, ignored);
}

std::vector<fs::path> disk_paths(const fs::path &dir, const disk_set &set)
{
	std::vector<fs::path> paths;
	for (unsigned i = 0; i < set.count; ++i)
		paths.push_back(dir / fmt::format("nvme{}.img", i));
	return paths;
}

void make_disks(const fs::path &dir, const disk_set &set)
{
	check_space(dir, set);
	for (const auto &path : disk_paths(dir, set))
		make_disk(path, set.bytes_each);
}

} // namespace lab
