// SPDX-License-Identifier: GPL-2.0
#include "fd.hpp"

#include <fcntl.h>

#include "error.hpp"

namespace dmpoll
{

unique_fd open_file(const std::string &path, int flags)
{
	return unique_fd(static_cast<int>(
		check_errno(::open(path.c_str(), flags | O_CLOEXEC), "open " + path)));
}

} // namespace dmpoll
