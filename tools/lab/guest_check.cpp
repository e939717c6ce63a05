// SPDX-License-Identifier: GPL-2.0
#include "guest_check.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace lab
{

namespace
{

using words = std::vector<std::string>;

void add(words &to, const words &more)
{
	to.insert(to.end(), more.begin(), more.end());
}

kernel_traits traits_of(const std::string &kernel, const guest_world &world)
{
	const auto known = world.kernels.find(kernel);
	return known == world.kernels.end() ? kernel_traits{} : known->second;
}

machine_traits machine_of(const std::string &name, const guest_world &world)
{
	if (name.empty())
		return {.disks = {}};
	const auto known = world.machines.find(name);
	if (known == world.machines.end())
		throw std::out_of_range(name);
	return known->second;
}

words driver_command(const guest_check &c, const kernel_traits &kernel,
		     const machine_traits &machine)
{
	words command = kernel.around;
	command.emplace_back("${selftests}/dm_iopoll");
	for (const auto &disk : machine.disks)
		add(command, {"-d", disk});
	add(command, c.expect.empty() ? machine.expect : c.expect);
	add(command, kernel.driver);
	add(command, c.driver);
	if (c.leaf)
		add(command, {"--leaf", fmt::format("${{leaf.{}}}", c.kernel)});
	for (const auto &filter : c.tests)
		if (filter != "*")
			add(command, {"-f", filter});
	return command;
}

} // namespace

words command_of(const guest_check &c, const guest_world &world, long timeout_s)
{
	const auto kernel = traits_of(c.kernel, world);
	const auto machine = machine_of(c.machine, world);
	words command{"${lab}", "run", "--kernel", fmt::format("${{kernel.{}}}", c.kernel)};
	add(command, kernel.lab);
	add(command, machine.lab);
	add(command, {fmt::format("--timeout={}", timeout_s)});
	add(command, c.lab);
	add(command, {"--"});
	add(command, c.guest.empty() ? driver_command(c, kernel, machine) : c.guest);
	return command;
}

} // namespace lab
