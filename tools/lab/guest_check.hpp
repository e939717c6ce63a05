// SPDX-License-Identifier: GPL-2.0
// A check that happens in a guest: which kernel, which machine, which tests.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lab
{

// What a kernel asks of every check that boots it.
struct kernel_traits {
	std::vector<std::string> lab = {};    // arguments of `lab run`
	std::vector<std::string> driver = {}; // arguments of the selftests' driver
	std::vector<std::string> around = {}; // a command that is given the driver's
};

struct machine_traits {
	std::vector<std::string> lab = {};
	std::vector<std::string> disks = {"/dev/nvme0n1", "/dev/nvme1n1"};
	std::vector<std::string> expect = {}; // arguments of the driver: what polled IO becomes
};

struct guest_check {
	std::string kernel = "ours"; // its image is the variable kernel.NAME
	std::string machine = {};    // empty: no disks
	std::vector<std::string> lab = {};
	std::vector<std::string> guest = {};  // the command; empty: the selftests' driver
	std::vector<std::string> tests = {};  // the driver's filters; "*": all
	std::vector<std::string> driver = {}; // more arguments of it
	std::vector<std::string> expect = {}; // in place of the machine's
	bool leaf = false;                    // with the test leaf of that kernel, leaf.NAME
};

struct guest_world {
	std::map<std::string, kernel_traits> kernels = {};
	std::map<std::string, machine_traits> machines = {};
};

// The command, variables not yet replaced. @timeout_s is the guest's. Throws std::out_of_range with
// the name of a machine that is not in @world.
std::vector<std::string> command_of(const guest_check &c, const guest_world &world, long timeout_s);

} // namespace lab
