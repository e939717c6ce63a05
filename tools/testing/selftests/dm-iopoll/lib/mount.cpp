// SPDX-License-Identifier: GPL-2.0
#include "mount.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "command.hpp"
#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

void make_mounts_private()
{
	check_errno(::unshare(CLONE_NEWNS), "have mounts of our own");
	check_errno(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr),
		    "make all mounts private");
}

namespace
{

bool lists_filesystem(const std::string &type)
{
	for (const auto &line : split_lines(read_text("/proc/filesystems"))) {
		auto words = split_words(line);

		if (!words.empty() && words.back() == type)
			return true;
	}
	return false;
}

} // namespace

bool has_filesystem(const std::string &type)
{
	if (lists_filesystem(type))
		return true;
	load_module("fs-" + type);
	return lists_filesystem(type);
}

mounted_filesystem::mounted_filesystem(const std::string &type, const std::string &source)
    : path_("/tmp/dm_iopoll-XXXXXX")
{
	if (!::mkdtemp(path_.data()))
		throw_errno(errno, "make a directory " + path_);
	if (::mount(source.c_str(), path_.c_str(), type.c_str(), 0, nullptr) == 0)
		return;
	int err = errno;

	::rmdir(path_.c_str());
	throw_errno(err, "mount " + source + " as " + type);
}

mounted_filesystem::~mounted_filesystem()
{
	if (::umount2(path_.c_str(), 0) != 0 || ::rmdir(path_.c_str()) != 0)
		std::fprintf(stderr, "# unmount %s: %s\n", path_.c_str(),
			     errno_name(errno).c_str());
}

} // namespace dmpoll
