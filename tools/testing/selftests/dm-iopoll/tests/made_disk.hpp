// SPDX-License-Identifier: GPL-2.0
// Disks of other drivers that a test has made, and takes away again.
#pragma once

#include <string>

#include "env.hpp"

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

// An md array without members, which is not started. Throws skip_test without md.
class md_array
{
public:
	explicit md_array(const env &);

	const std::string &name() const { return name_; }
	// Of /sys/block/NAME/md; throws std::system_error when it is refused.
	void set(const std::string &attribute, const std::string &value) const;

private:
	std::string name_;
	made_disk disk_;
};

} // namespace dmpoll
