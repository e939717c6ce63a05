// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/measurement.hpp"

#include <string>
#include <vector>

namespace dmpoll
{

// What one line of evidence each says about the machine; as text, so that units can make it up.
struct machine_evidence {
	std::string cpuinfo{};      // /proc/cpuinfo
	std::string accel{};        // LAB_ACCEL of the guest: "tcg", "kvm"
	std::string vendor{};       // DMI system vendor
	std::string disk_model{};   // of the NVMe controller
	bool told_emulated = false; // the user said so
};

// Everything but the kernel release.
machine_facts interpret(const machine_evidence &evidence);

struct machine_options {
	std::string disk_model{};
	bool told_emulated = false;
};

machine_facts read_machine(const machine_options &options);

// @name is the kernel's; a partition has the settings of its disk.
disk_facts read_disk(const std::string &name);

// What spoils the numbers, each with its cure. Nothing in it stops the measurement.
std::vector<std::string> find_warnings(const machine_facts &machine, const disk_facts &disk);

// The lines of the pre-flight, and of the report's section on the machine.
std::vector<std::string> describe(const machine_facts &machine, const disk_facts &disk);

} // namespace dmpoll
