// SPDX-License-Identifier: GPL-2.0
// Limits for some processes of a test.
#pragma once

#include <string>

#include "lib/mount.hpp"

namespace dmpoll
{

// A cgroup below the root of the unified hierarchy, with one controller. The
// process must have mounts of its own.
class cgroup
{
public:
	// Skips the test where the controller ("io", "memory") cannot be had.
	cgroup(const std::string &name, const std::string &controller);
	cgroup(const cgroup &) = delete;
	cgroup &operator=(const cgroup &) = delete;
	~cgroup();

	bool has(const std::string &file) const;
	std::string get(const std::string &file) const;
	void set(const std::string &file, const std::string &value) const;
	void enter() const; // the calling process

private:
	mounted_filesystem root_;
	std::string path_;
};

} // namespace dmpoll
