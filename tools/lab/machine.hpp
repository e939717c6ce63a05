// SPDX-License-Identifier: GPL-2.0
// The shape of a guest, and the QEMU command line it means. Pure: nothing here touches the host.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

enum class accelerator { kvm, tcg };

constexpr std::string_view name_of(accelerator accel)
{
	return accel == accelerator::kvm ? "kvm" : "tcg";
}

// The far ends of the guest's ports, as QEMU's -chardev wants them without the id.
struct machine_channels {
	std::string console = "stdio,signal=off";
	std::string output = "null";
	std::string status = "null";
	std::string request = "null";
	std::string qmp = "null";
	std::string terminal = {}; // empty: no terminal in the guest
};

struct machine {
	std::filesystem::path qemu = "qemu-system-x86_64";
	std::filesystem::path kernel = {};
	std::filesystem::path initrd = {}; // empty: the kernel reaches the root by itself
	std::filesystem::path init = {};
	accelerator accel = accelerator::tcg;
	unsigned cpus = 2;
	std::uint64_t memory_mib = 1024;
	std::vector<std::filesystem::path> disks = {}; // raw images, one NVMe controller each
	std::uint64_t zone_bytes =
		0; // the disks are zoned, with zones of this size; 0: they are not
	bool subsystem =
		false; // the disks are namespaces that all controllers have; else each has one
	unsigned nvme_queues = 4; // IO queue pairs of each controller
	unsigned poll_queues = 1;
	unsigned long tsc_khz = 0;      // of the guest's TSC; 0: the guest has to find out
	std::string append = {};        // more kernel parameters
	std::filesystem::path out = {}; // empty: no writable share
	machine_channels channels = {};
	std::vector<std::string> qemu_args = {}; // more QEMU arguments, last
};

std::vector<std::string> qemu_argv(const machine &m);
std::string kernel_parameters(const machine &m);

} // namespace lab
