// SPDX-License-Identifier: GPL-2.0
// Changes of a queue's settings in sysfs.
#pragma once

#include <string>

namespace dmpoll
{

// 0, or the errno (positive) with which the kernel refused. @disk is a kernel
// name; a partition stands for its whole disk.
int try_set_queue(const std::string &disk, const std::string &attribute, const std::string &value);

// What the attribute reads, without the newline; throws when there is none.
std::string read_queue_text(const std::string &disk, const std::string &attribute);

// Gives the attribute back the value it had when this was made.
class queue_setting
{
public:
	queue_setting(std::string disk, std::string attribute);
	queue_setting(const queue_setting &) = delete;
	queue_setting &operator=(const queue_setting &) = delete;
	~queue_setting();

	void set(const std::string &value); // throws when refused

private:
	std::string disk_;
	std::string attribute_;
	std::string before_;
};

} // namespace dmpoll
