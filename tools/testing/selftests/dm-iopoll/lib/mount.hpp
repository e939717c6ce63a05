// SPDX-License-Identifier: GPL-2.0
// Mounts that only this process and its children see.
#pragma once

#include <string>

namespace dmpoll
{

// Gives the process mounts of its own. To be called once, before it mounts.
void make_mounts_private();

// Whether the running kernel has the file system type now, by name.
bool has_filesystem(const std::string &type);

class mounted_filesystem
{
public:
	// On a new empty directory.
	mounted_filesystem(const std::string &type, const std::string &source);
	mounted_filesystem(const mounted_filesystem &) = delete;
	mounted_filesystem &operator=(const mounted_filesystem &) = delete;
	~mounted_filesystem();

	const std::string &path() const { return path_; }

private:
	std::string path_;
};

} // namespace dmpoll
