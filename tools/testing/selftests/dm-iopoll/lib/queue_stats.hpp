// SPDX-License-Identifier: GPL-2.0
// What the kernel tells about a queue: settings (sysfs), poll counters
// (debugfs), interrupts (/proc/interrupts), requests completed and in flight.
//
// @disk is a kernel name everywhere ("nvme0n1", "dm-0"). A partition stands
// for its whole disk, except in read_requests() and read_inflight(). An NVMe
// multipath device stands for all of its paths, except in read_hctxs().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// Where the kernel's files are; elsewhere in tests of the readers.
struct file_roots {
	std::string sysfs = "/sys";
	std::string procfs = "/proc";
	std::string debugfs = "/sys/kernel/debug";
};

// Of an NVMe multipath device: "nvme0c0n1", "nvme0c1n1", ..., hidden disks, one
// for each controller; by name. Of every other disk: none.
std::vector<std::string> nvme_paths(const std::string &disk, const file_roots &roots = {});

// Summed over the polled hctxs, from debugfs block/<disk>/hctx*/io_poll.
// success counts poll calls that found something, not completions: one call
// may reap many.
struct poll_counters {
	std::uint64_t considered = 0;
	std::uint64_t invoked = 0;
	std::uint64_t success = 0;
};

poll_counters operator+(const poll_counters &one, const poll_counters &other);
poll_counters operator-(const poll_counters &after, const poll_counters &before);

// nullopt when debugfs has none: newer kernels, no CONFIG_BLK_DEBUG_FS, debugfs
// not mounted. Throws std::system_error on anything else (EACCES, ...).
std::optional<poll_counters> read_poll_counters(const std::string &disk,
						const file_roots &roots = {});

// A hw queue, from its debugfs directory.
struct hctx_view {
	unsigned number = 0;
	std::string type;                        // "default", "read", "poll"
	std::optional<poll_counters> counters{}; // as above; of a queue of any type
};

// All hw queues of @disk by number; none when debugfs shows none. Throws as above.
std::vector<hctx_view> read_hctxs(const std::string &disk, const file_roots &roots = {});

// Interrupts of the IO queues (not the admin queue) of the NVMe controllers, or
// the virtio device, behind @disk, summed over queues and CPUs; nullopt when
// /proc/interrupts shows none.
std::optional<std::uint64_t> read_interrupts(const std::string &disk, const file_roots &roots = {});

// Requests, from sysfs. Reads and writes together.
struct request_counters {
	std::uint64_t completed = 0;
	std::uint64_t sectors = 0; // of the completed ones, 512 bytes each
};

request_counters read_requests(const std::string &disk, const file_roots &roots = {});

// Requests that the driver has now: issued, and neither polled for nor
// interrupted about.
std::uint64_t read_inflight(const std::string &disk, const file_roots &roots = {});

struct queue_limits_view {
	bool io_poll = false;              // false also when the attribute is missing
	long io_poll_delay = -1;           // microseconds; -1: classic polling
	std::string scheduler;             // the active one; empty for bio-based queues
	unsigned poll_queues = 0;          // polled hctxs, from debugfs; 0 if that is closed
	bool iostats = true;               // without them there is nothing in flight to read
	unsigned logical_block_size = 512; // bytes
	unsigned max_sectors_kb = 0;
};

queue_limits_view read_queue(const std::string &disk);

// Whether there is one, ready to be used; also for partitions.
bool has_disk(const std::string &disk);

// "nvme0n1" for "nvme0n1p2"; anything that is not a partition as it is.
std::string whole_disk(const std::string &name, const file_roots &roots = {});

} // namespace dmpoll
