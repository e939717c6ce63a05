// SPDX-License-Identifier: GPL-2.0
#include "dm_table.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "dm_task.hpp"
#include "error.hpp"

namespace dmpoll
{

namespace
{

std::vector<dm_segment> segments_of(dm_task *task)
{
	std::vector<dm_segment> table;
	void *next = nullptr;

	do {
		std::uint64_t start, length;
		char *target = nullptr, *params = nullptr;

		next = dm_get_next_target(task, next, &start, &length, &target, &params);
		if (target)
			table.push_back({start, length, target, {}});
	} while (next);
	return table;
}

} // namespace

dm_state read_dm_state(unsigned major, unsigned minor)
{
	auto what = fmt::format("read the table of dm device {}:{}", major, minor);
	// libdevmapper would try to make the node, and say less about why it cannot
	if (::access("/dev/mapper/control", R_OK | W_OK))
		throw_errno(errno, what + ", over /dev/mapper/control");
	auto task = make_task(DM_DEVICE_TABLE);
	struct dm_info info;

	check_dm(dm_task_set_major(task.get(), static_cast<int>(major)), what);
	check_dm(dm_task_set_minor(task.get(), static_cast<int>(minor)), what);
	check_dm(dm_task_secure_data(task.get()), what);
	check_dm(dm_task_no_open_count(task.get()), what);
	run_task(task.get(), what);
	check_dm(dm_task_get_info(task.get(), &info), what);
	if (!info.exists)
		throw_errno(ENXIO, what);
	auto text = [](const char *value) { return std::string(value ? value : ""); };

	return {.name = text(dm_task_get_name(task.get())),
		.uuid = text(dm_task_get_uuid(task.get())),
		.suspended = info.suspended != 0,
		.table = segments_of(task.get())};
}

} // namespace dmpoll
