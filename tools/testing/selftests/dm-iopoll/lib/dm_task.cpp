// SPDX-License-Identifier: GPL-2.0
#include "dm_task.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include <fmt/format.h>

#include "error.hpp"

namespace dmpoll
{

namespace
{

// What libdevmapper logged as an error since the last clear(): it prints to
// stderr otherwise, and the reason would be missing from ours.
thread_local std::string last_log;

[[gnu::format(printf, 5, 6)]] void keep_log(int level, const char *, int, int, const char *format,
					    ...)
{
	char line[512];
	va_list args;

	if ((level & 7) > 4) // errors and warnings only
		return;
	va_start(args, format);
	std::vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!last_log.ends_with(line)) // retries say the same again and again
		last_log += last_log.empty() ? line : fmt::format("; {}", line);
}

} // namespace

void throw_task(const std::string &what, int err)
{
	auto said = last_log.empty() ? "" : fmt::format(": libdevmapper says '{}'", last_log);

	throw_errno(err ? err : EIO, what + said);
}

void check_dm(int ok, const std::string &what)
{
	if (!ok)
		throw_task(what, errno);
}

task_ptr make_task(int type)
{
	dm_log_with_errno_init(keep_log);
	last_log.clear();
	errno = 0;
	task_ptr task(dm_task_create(type), dm_task_destroy);

	check_dm(task != nullptr, "make a device-mapper task");
	return task;
}

task_ptr make_task(int type, const std::string &name)
{
	auto task = make_task(type);

	check_dm(dm_task_set_name(task.get(), name.c_str()), "name the dm device " + name);
	return task;
}

void run_task(dm_task *task, const std::string &what)
{
	if (!dm_task_run(task))
		throw_task(what, dm_task_get_errno(task));
}

} // namespace dmpoll
