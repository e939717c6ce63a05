// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "lib/dm_table.hpp"
#include "lib/kernel_version.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// The block devices that a device lies on, as they are now. What could not be read has no value,
// and a line in device_stack::unread.
enum class node_kind { disk, partition, dm, md, loop };

// Who drives a disk, as far as that decides how it gets poll queues.
struct driver_facts {
	std::string name{};       // "nvme", "null_blk", "virtio_blk"; empty: not known
	std::string controller{}; // "nvme0"
	std::string transport{};  // of NVMe: "pcie", "tcp"
	std::string address{};    // on the bus: "0000:00:04.0"
	std::optional<unsigned> poll_queues_parameter{};
	bool is_module = false; // loaded, and not built into the kernel
};

struct device_node {
	std::string name{}; // the kernel's: "dm-0"
	node_kind kind = node_kind::disk;
	unsigned major = 0, minor = 0;
	std::string path{}; // "/dev/dm-0"
	bool blk_mq = false;
	bool hidden = false; // no file in /dev: a path of an NVMe multipath device
	// Those of the disk, for a partition.
	std::optional<bool> io_poll{};
	std::optional<long> io_poll_delay{}; // microseconds; -1: does not sleep before polling
	bool shows_dma_alignment = false;    // since Linux 6.0
	std::optional<unsigned> poll_queues{};
	std::optional<unsigned> nr_requests{}; // tags of a hw queue, for requests of programs
	std::string scheduler{}; // the active one, "none" included; empty: the device has none
	std::optional<bool> nowait{};
	std::optional<dm_state> dm{};
	bool table_known = false;   // else dm holds what everybody may read
	std::string md_level{};     // "raid0"
	std::string backing_file{}; // of a loop device
	driver_facts driver{};
	std::vector<std::string> lower{}; // names of the devices it lies on; no name twice
	bool held_up = false;             // it or a device below is suspended
};

struct device_stack {
	std::string top{};
	std::map<std::string, device_node> nodes{}; // by name
	kernel_version kernel{};
	std::vector<std::string> unread{}; // "FILE: cause", a line for each

	const device_node &at(const std::string &name) const { return nodes.at(name); }
};

// "linear, crypt": each type once, in the order of the table; empty: not known, or no table.
std::string target_types(const device_node &node);

// "/dev/mapper/home" where that is known, else the kernel's node.
std::string user_path(const device_node &node);

// Names of the disks at the bottom; a dm device with nothing below (zero, error) is none.
std::vector<std::string> leaves_of(const device_stack &stack);

} // namespace dmpoll
