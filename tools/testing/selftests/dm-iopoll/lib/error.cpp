// SPDX-License-Identifier: GPL-2.0
#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

namespace dmpoll
{

std::string errno_name(int err)
{
	const char *name = ::strerrorname_np(err);

	return name ? name : fmt::format("errno {}", err);
}

void throw_errno(int err, const std::string &what)
{
	throw std::system_error(err, std::generic_category(),
				fmt::format("{} ({})", what, errno_name(err)));
}

int check_negative(int ret, const std::string &what)
{
	if (ret < 0)
		throw_errno(-ret, what);
	return ret;
}

long check_errno(long ret, const std::string &what)
{
	if (ret < 0)
		throw_errno(errno, what);
	return ret;
}

} // namespace dmpoll
