// SPDX-License-Identifier: GPL-2.0
// Disks of other drivers that were made for a test, and go with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dmpoll
{

// Waits for a disk that was asked for; takes it away when it goes, by writing
// @value to @attribute.
class made_disk
{
public:
	made_disk(std::string name, std::string attribute, std::string value);
	made_disk(const made_disk &) = delete;
	made_disk &operator=(const made_disk &) = delete;
	~made_disk();

private:
	std::string name_, attribute_, value_;
};

// What an md array has of one disk or dm device; in sectors of 512 bytes.
struct md_member {
	std::string kernel_name;
	std::uint64_t offset; // where its data begin
	std::uint64_t length; // the same of all members
};

// An md array without members, made by sysfs.
class md_array
{
public:
	static bool can_be_made(); // the kernel has md, or its module is loaded

	explicit md_array(const std::string &name); // "md_NAME" is that of the disk

	const std::string &name() const { return name_; }
	std::string path() const { return "/dev/" + name_; }
	// Of /sys/block/NAME/md; throws std::system_error when it is refused.
	void set(const std::string &attribute, const std::string &value) const;
	// Before it starts: the kernel reads the superblock, if metadata_version says so.
	void take(const std::string &kernel_name) const;
	// No metadata are written. @chunk in sectors.
	void start_raid0(const std::vector<md_member> &members, std::uint64_t chunk) const;
	void start_linear(const std::vector<md_member> &members) const;

private:
	void start(const std::string &level, const std::vector<md_member> &members) const;
	void add(const md_member &member, std::size_t slot) const;

	std::string name_;
	made_disk disk_;
};

} // namespace dmpoll
