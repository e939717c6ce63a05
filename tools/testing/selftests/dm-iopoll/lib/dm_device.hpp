// SPDX-License-Identifier: GPL-2.0
// Device-mapper devices, over libdevmapper.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace dmpoll
{

// One line of a table. Sectors of 512 bytes.
struct dm_segment {
	std::uint64_t start = 0;
	std::uint64_t length = 0;
	std::string target; // "linear"
	std::string params; // "/dev/nvme0n1 2048"
};

struct dm_options {
	std::string uuid = {};
	bool read_only = false;
};

struct suspend_options {
	bool noflush = false; // dm keeps what it holds back, for the next table
	bool lock_fs = false; // freeze the file system on top, too
};

// "0 8 linear /dev/nvme0n1 0; 8 8 linear ...": the table in one line.
std::string to_string(const std::vector<dm_segment> &table);

// Whether the running kernel has the target type, by name.
bool has_dm_target(const std::string &target);

// Owns one active dm device: made by create(), removed when it goes. What uses
// it (files, mounts, other dm devices) must go first; when something still
// does, removal is tried for five seconds and then left to the kernel
// (deferred until the last close).
class dm_device
{
public:
	// Throws std::system_error with the table and what libdevmapper said.
	static dm_device create(const std::string &name, const std::vector<dm_segment> &table,
				const dm_options &options = {});

	dm_device(dm_device &&other) noexcept;
	dm_device &operator=(dm_device &&) = delete;
	~dm_device();

	const std::string &name() const { return name_; }
	const std::string &kernel_name() const { return kernel_name_; } // "dm-0"
	std::string path() const { return "/dev/mapper/" + name_; }
	const std::vector<dm_segment> &table() const { return table_; }

	void suspend(const suspend_options &options = {});
	void resume();
	// Loads @table and makes it the live one: suspends and resumes on the way.
	void reload(const std::vector<dm_segment> &table);
	void message(const std::string &text); // to the target of sector 0
	std::string status() const;            // what the first target says
	// After it there is no device; throws when it is busy for longer than @limit.
	void remove_within(std::chrono::milliseconds limit);

private:
	explicit dm_device(std::string name) : name_(std::move(name)) {}

	std::string name_; // empty: moved from
	std::string kernel_name_;
	std::vector<dm_segment> table_;
};

// Keeps a device suspended for as long as it lives.
class suspended_section
{
public:
	explicit suspended_section(dm_device &device, const suspend_options &options = {})
	    : device_(device)
	{
		device_.suspend(options);
	}
	suspended_section(const suspended_section &) = delete;
	suspended_section &operator=(const suspended_section &) = delete;
	~suspended_section();
	void end();                       // resumes now instead
	void dismiss() { ended_ = true; } // somebody else resumed it

private:
	dm_device &device_;
	bool ended_ = false;
};

// Resumes every device whose name begins with @prefix, so that processes held up
// by a suspended one can go on, and end. Never throws.
void resume_dm_devices(const std::string &prefix);

// Removes every device whose name begins with @prefix, top of a stack first;
// what a killed test left behind. Returns the names that could not be removed.
std::vector<std::string> remove_dm_devices(const std::string &prefix);

} // namespace dmpoll
