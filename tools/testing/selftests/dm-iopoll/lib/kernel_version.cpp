// SPDX-License-Identifier: GPL-2.0
#include "kernel_version.hpp"

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "error.hpp"

namespace dmpoll
{

kernel_version running_kernel()
{
	struct utsname name;
	kernel_version version;

	check_errno(::uname(&name), "uname");
	if (std::sscanf(name.release, "%u.%u", &version.major, &version.minor) != 2)
		throw_errno(EPROTO,
			    fmt::format("cannot read the kernel version '{}'", name.release));
	return version;
}

} // namespace dmpoll
