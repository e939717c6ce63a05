// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// Sums over several disks; nullopt: the kernel does not count that.
struct disk_totals {
	std::uint64_t requests = 0;   // completed
	std::uint64_t neighbours = 0; // completed by other namespaces of the same controllers
	std::optional<std::uint64_t> interrupts{};
	std::optional<std::uint64_t> hits{};  // polls that found something
	std::optional<std::uint64_t> polls{}; // of hw queues

	bool operator==(const disk_totals &) const = default;
};

disk_totals operator-(const disk_totals &after, const disk_totals &before);

// @disks are kernel names. Waits up to 40 ms for what trails behind the IO it belongs to. Throws
// std::system_error when a disk is gone; debugfs that may not be read is debugfs without counters.
disk_totals read_settled_totals(const std::vector<std::string> &disks);

// Requests that the disks have now.
std::uint64_t count_inflight(const std::vector<std::string> &disks);

// False where iostats is 0: nothing is in flight then, as far as one can see.
bool inflight_is_told(const std::vector<std::string> &disks);

} // namespace dmpoll
