// SPDX-License-Identifier: GPL-2.0
#include "check/nowait.hpp"

#include "lib/buffer.hpp"
#include "lib/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include <cerrno>

namespace dmpoll
{

namespace
{

bool is_node_of(const unique_fd &fd, const device_node &node)
{
	struct stat status;

	return ::fstat(fd.get(), &status) == 0 && S_ISBLK(status.st_mode) &&
	       status.st_rdev == makedev(node.major, node.minor);
}

} // namespace

std::optional<bool> probe_nowait(const device_node &node)
{
	const unique_fd fd(::open(node.path.c_str(), O_RDONLY | O_DIRECT | O_NONBLOCK | O_CLOEXEC));

	if (!fd || !is_node_of(fd, node))
		return std::nullopt;
	aligned_buffer memory(aligned_buffer::alignment);
	const struct iovec vector = {memory.all().data(), memory.all().size()};

	// any other errno is of IO that was let in: the medium's, or that it would have waited
	return ::preadv2(fd.get(), &vector, 1, 0, RWF_NOWAIT) >= 0 || errno != EOPNOTSUPP;
}

} // namespace dmpoll
