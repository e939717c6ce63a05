// SPDX-License-Identifier: GPL-2.0
// Partitions for a test.
#pragma once

#include <string>

#include "device.hpp"

namespace dmpoll
{

// A partition that only the kernel knows; the disk's own table is not touched.
class kernel_partition
{
public:
	kernel_partition(const disk_range &range, int number);
	kernel_partition(const kernel_partition &) = delete;
	kernel_partition &operator=(const kernel_partition &) = delete;
	~kernel_partition();

	std::string path() const;

private:
	void call(int operation, const disk_range &range);

	const claimed_disk &disk_;
	int number_;
};

} // namespace dmpoll
