// SPDX-License-Identifier: GPL-2.0
#include "dm_device.hpp"

#include <cstdio>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "command.hpp"
#include "dm_task.hpp"
#include "error.hpp"
#include "patience.hpp"

namespace dmpoll
{

namespace
{

void add_segments(dm_task *task, const std::vector<dm_segment> &table)
{
	for (const auto &segment : table)
		check_dm(dm_task_add_target(task, segment.start, segment.length,
					    segment.target.c_str(), segment.params.c_str()),
			 "add to table: " + to_string({segment}));
}

// Tasks that make udev create or remove nodes: keeps udev's rules from reading
// the device, and waits for them. Without udev, libdevmapper makes the nodes.
void run_with_udev(dm_task *task, const std::string &what)
{
	constexpr std::uint16_t leave_alone = DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG |
					      DM_UDEV_DISABLE_DISK_RULES_FLAG |
					      DM_UDEV_DISABLE_OTHER_RULES_FLAG;
	std::uint32_t cookie = 0;

	check_dm(dm_task_set_cookie(task, &cookie, leave_alone), "udev cookie to " + what);
	bool ok = dm_task_run(task);
	int err = dm_task_get_errno(task);
	bool waited = dm_udev_wait(cookie);

	dm_task_update_nodes();
	if (!ok)
		throw_task(what, err);
	check_dm(waited, "wait for udev to " + what);
}

std::string find_kernel_name(const std::string &name)
{
	auto task = make_task(DM_DEVICE_INFO, name);
	struct dm_info info;

	run_task(task.get(), "info of dm device " + name);
	check_dm(dm_task_get_info(task.get(), &info), "info of dm device " + name);
	if (!info.exists)
		throw_errno(ENODEV, "dm device " + name);
	return fmt::format("dm-{}", info.minor);
}

enum class removal { at_once, retrying, deferred };

void remove_device(const std::string &name, removal how)
{
	auto task = make_task(DM_DEVICE_REMOVE, name);
	auto what = "remove dm device " + name;

	if (how == removal::retrying) // every 200 ms while busy, for 5 s
		check_dm(dm_task_retry_remove(task.get()), what);
	if (how == removal::deferred)
		check_dm(dm_task_deferred_remove(task.get()), what);
	run_with_udev(task.get(), what);
}

std::vector<std::string> list_devices()
{
	std::vector<std::string> found;
	auto task = make_task(DM_DEVICE_LIST);

	run_task(task.get(), "list dm devices");
	auto *names = dm_task_get_names(task.get());

	while (names && names->dev) {
		found.emplace_back(names->name);
		if (!names->next)
			break;
		names = reinterpret_cast<dm_names *>(reinterpret_cast<char *>(names) + names->next);
	}
	return found;
}

bool try_remove(const std::string &name)
{
	try {
		remove_device(name, removal::at_once);
		return true;
	} catch (const std::exception &) {
		return false;
	}
}

void defer_removal(const std::string &name) noexcept
{
	try {
		remove_device(name, removal::deferred);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

bool lists_dm_target(const std::string &target)
{
	auto task = make_task(DM_DEVICE_LIST_VERSIONS);

	run_task(task.get(), "list the kernel's dm targets");
	auto *versions = dm_task_get_versions(task.get());

	for (;;) {
		if (versions->name == target)
			return true;
		if (!versions->next)
			return false;
		versions = reinterpret_cast<dm_versions *>(reinterpret_cast<char *>(versions) +
							   versions->next);
	}
}

} // namespace

std::string to_string(const std::vector<dm_segment> &table)
{
	std::string text;

	for (const auto &segment : table)
		text += fmt::format("{}{} {} {} {}", text.empty() ? "" : "; ", segment.start,
				    segment.length, segment.target, segment.params);
	return text;
}

bool has_dm_target(const std::string &target)
{
	if (lists_dm_target(target))
		return true;
	load_module("dm-" + target);
	return lists_dm_target(target);
}

dm_device dm_device::create(const std::string &name, const std::vector<dm_segment> &table,
			    const dm_options &options)
{
	auto task = make_task(DM_DEVICE_CREATE, name);
	auto what = fmt::format("create dm device {} with table '{}'", name, to_string(table));

	add_segments(task.get(), table);
	if (!options.uuid.empty())
		check_dm(dm_task_set_uuid(task.get(), options.uuid.c_str()), "uuid, " + what);
	if (options.read_only)
		check_dm(dm_task_set_ro(task.get()), "read-only, " + what);
	run_with_udev(task.get(), what);

	dm_device device(name); // from here on removed if anything throws
	device.kernel_name_ = find_kernel_name(name);
	device.table_ = table;
	return device;
}

dm_device::dm_device(dm_device &&other) noexcept
    : name_(std::exchange(other.name_, {})),
      kernel_name_(std::move(other.kernel_name_)),
      table_(std::move(other.table_))
{
}

dm_device::~dm_device()
{
	if (name_.empty())
		return;
	try {
		remove_device(name_, removal::retrying);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
		defer_removal(name_);
	}
}

void dm_device::suspend(const suspend_options &options)
{
	auto task = make_task(DM_DEVICE_SUSPEND, name_);

	if (!options.lock_fs)
		check_dm(dm_task_skip_lockfs(task.get()), "suspend dm device " + name_);
	if (options.noflush)
		check_dm(dm_task_no_flush(task.get()), "suspend dm device " + name_);
	run_task(task.get(), "suspend dm device " + name_);
}

void dm_device::resume()
{
	auto task = make_task(DM_DEVICE_RESUME, name_);

	run_with_udev(task.get(), "resume dm device " + name_);
}

void dm_device::reload(const std::vector<dm_segment> &table)
{
	auto task = make_task(DM_DEVICE_RELOAD, name_);

	add_segments(task.get(), table);
	run_task(task.get(),
		 fmt::format("load into dm device {} the table '{}'", name_, to_string(table)));
	resume();
	table_ = table;
}

void dm_device::message(const std::string &text)
{
	auto task = make_task(DM_DEVICE_TARGET_MSG, name_);
	auto what = fmt::format("message '{}' to dm device {}", text, name_);

	check_dm(dm_task_set_sector(task.get(), 0), what);
	check_dm(dm_task_set_message(task.get(), text.c_str()), what);
	run_task(task.get(), what);
}

std::string dm_device::status() const
{
	auto task = make_task(DM_DEVICE_STATUS, name_);
	std::uint64_t start = 0, length = 0;
	char *type = nullptr, *text = nullptr;

	run_task(task.get(), "status of dm device " + name_);
	dm_get_next_target(task.get(), nullptr, &start, &length, &type, &text);
	return text ? text : "";
}

void dm_device::remove_within(std::chrono::milliseconds limit)
{
	auto deadline = std::chrono::steady_clock::now() + patient(limit);

	while (!try_remove(name_)) {
		if (std::chrono::steady_clock::now() > deadline)
			return remove_device(name_, removal::at_once); // says why not
		std::this_thread::sleep_for(std::chrono::milliseconds(5));
	}
	name_.clear();
}

void suspended_section::end()
{
	device_.resume();
	ended_ = true;
}

suspended_section::~suspended_section()
{
	if (ended_)
		return;
	try {
		device_.resume();
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

void resume_dm_devices(const std::string &prefix)
{
	try {
		for (const auto &name : list_devices())
			if (name.starts_with(prefix))
				run_with_udev(make_task(DM_DEVICE_RESUME, name).get(),
					      "resume dm device " + name);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

std::vector<std::string> remove_dm_devices(const std::string &prefix)
{
	std::vector<std::string> left;
	bool removed = true;

	// Again as long as something went: what lies below can go only then.
	while (removed) {
		removed = false;
		left.clear();
		for (const auto &name : list_devices()) {
			if (!name.starts_with(prefix))
				continue;
			if (try_remove(name))
				removed = true;
			else
				left.push_back(name);
		}
	}
	return left;
}

} // namespace dmpoll
