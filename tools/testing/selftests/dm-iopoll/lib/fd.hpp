// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <string>
#include <utility>

#include <unistd.h>

namespace dmpoll
{

// Owns one file descriptor; closes it when it goes.
class unique_fd
{
public:
	unique_fd() = default;
	explicit unique_fd(int fd) : fd_(fd) {}
	unique_fd(unique_fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
	unique_fd &operator=(unique_fd &&other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	~unique_fd() { reset(); }

	int get() const { return fd_; }
	explicit operator bool() const { return fd_ >= 0; }
	void reset()
	{
		if (fd_ >= 0)
			::close(std::exchange(fd_, -1));
	}

private:
	int fd_ = -1;
};

// open(2) with O_CLOEXEC added; throws with the path and the errno by name.
unique_fd open_file(const std::string &path, int flags);

} // namespace dmpoll
