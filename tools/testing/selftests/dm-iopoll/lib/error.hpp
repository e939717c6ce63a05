// SPDX-License-Identifier: GPL-2.0
// Errors are std::system_error whose text says what failed, on which device,
// and the errno by name.
#pragma once

#include <string>

namespace dmpoll
{

// "ENOENT" for 2; "errno 4711" for a number without a name.
std::string errno_name(int err);

// Throws std::system_error: "<what> (ENOENT): No such file or directory".
// @err is positive, as in errno.
[[noreturn]] void throw_errno(int err, const std::string &what);

// For calls that return -errno and leave errno alone (liburing): hands a value
// >= 0 through, throws otherwise.
int check_negative(int ret, const std::string &what);

// For calls that return -1 and set errno (libc).
long check_errno(long ret, const std::string &what);

} // namespace dmpoll
