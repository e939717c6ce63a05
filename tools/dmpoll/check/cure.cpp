// SPDX-License-Identifier: GPL-2.0
#include "check/cure.hpp"

#include "shared/subprocess.hpp"

#include "lib/queue_stats.hpp"

#include <fmt/format.h>

namespace dmpoll
{

namespace
{

// In use, a disk must keep its driver.
std::vector<std::string> rebind(const driver_facts &driver)
{
	const std::string bus = "/sys/bus/pci/drivers/nvme";

	return {
		"echo 1 >/sys/module/nvme/parameters/poll_queues",
		fmt::format("echo {} >{}/unbind", driver.address, bus),
		fmt::format("echo {} >{}/bind", driver.address, bus),
	};
}

std::string from_next_boot(const driver_facts &driver)
{
	if (driver.is_module)
		return fmt::format("'options {0} poll_queues=1' in /etc/modprobe.d/{0}.conf (and "
				   "in the initramfs, if that loads {0})",
				   driver.name);
	return fmt::format("{}.poll_queues=1 on the kernel command line", driver.name);
}

} // namespace

cure resume(const device_node &dm)
{
	return {"resume it, once whoever suspended it is done",
		{subprocess::shell_line({"dmsetup", "resume", dm.dm->name})}};
}

cure switch_on(const device_node &node)
{
	return {"switch it on",
		{fmt::format("echo 1 >/sys/block/{}/queue/io_poll", whole_disk(node.name))}};
}

cure switch_on_table(const device_node &dm)
{
	const auto name = subprocess::shell_line({dm.dm->name});

	return {"switch it on; if that is refused, load its table again, now that all below it "
		"polls",
		{fmt::format("echo 1 >/sys/block/{0}/queue/io_poll || {{ dmsetup table {1} | "
			     "dmsetup load {1} && dmsetup resume {1}; }}",
			     dm.name, name)}};
}

cure add_poll_queues(const device_node &disk)
{
	const driver_facts &driver = disk.driver;

	if (driver.name == "nvme" && driver.transport != "pcie" && !driver.transport.empty())
		return {fmt::format("connect again with --nr-poll-queues=1 added to what it was "
				    "connected with ({}); this takes the disk away for a moment",
				    driver.transport),
			{fmt::format("nvme disconnect --device={}", driver.controller)}};
	if (driver.name == "nvme" && !driver.address.empty())
		return {"for good, " + from_next_boot(driver) +
				"; until then, once nothing uses the disk (no mount, no dm "
				"device):",
			rebind(driver)};
	if (driver.poll_queues_parameter)
		return {"from the next boot, " + from_next_boot(driver), {}};
	return give_up(fmt::format("the driver {} of this kernel offers none; NVMe disks have some",
				   driver.name.empty() ? "(unknown)" : driver.name));
}

cure look_as_root(const std::string &argument)
{
	return {"look again as root",
		{subprocess::shell_line({"sudo", "dmpoll", "check", argument})}};
}

cure prove_instead(const std::string &argument)
{
	return {"measure it (reads only)", {subprocess::shell_line({"dmpoll", "prove", argument})}};
}

cure give_up(const std::string &hint)
{
	return {fmt::format("none: {}. Run the program without IORING_SETUP_IOPOLL and RWF_HIPRI "
			    "(fio: hipri=0)",
			    hint),
		{}};
}

} // namespace dmpoll
