// SPDX-License-Identifier: GPL-2.0
// queue/io_poll tells what happens.
#include "device.hpp"

namespace dmpoll
{

namespace
{

std::string io_poll_in(poll_mode mode)
{
	return mode == poll_mode::poll ? "1" : "0";
}

void raw_io_poll(env &e)
{
	e.need_disks(1);
	for (const auto &disk : e.disks)
		check_io_poll(disk.kernel_name, io_poll_in(e.expect.raw));
}

void linear_io_poll(env &e)
{
	auto device = stack_linear(e, stack_linear(e, make_plain_linear(e), 8), 8);

	e.where = "table:  " + device.table;
	for (const auto &level : device.stack.devices())
		check_io_poll(level.kernel_name(), io_poll_in(e.expect.dm));
}

} // namespace

static std::vector<test_case> sysfs_tests()
{
	return {
		{"raw.sysfs-io-poll", "queue/io_poll of the bare disks", raw_io_poll},
		{"linear.sysfs-io-poll", "queue/io_poll of dm-linear, at every level of a stack",
		 linear_io_poll},
	};
}

static const test_group group{sysfs_tests};

} // namespace dmpoll
