// SPDX-License-Identifier: GPL-2.0
#include "check/driver.hpp"

#include "lib/text.hpp"

#include <filesystem>
#include <system_error>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

std::string link_name(const fs::path &link)
{
	std::error_code error;
	const fs::path target = fs::read_symlink(link, error);

	return error ? std::string() : target.filename().string();
}

void read_nvme(driver_facts &driver, const fs::path &controller, attribute_reader &attributes)
{
	driver.name = "nvme";
	driver.controller = controller.filename();
	driver.transport = attributes.text(controller / "transport").value_or("");
	driver.address = link_name(controller / "device");
}

void read_parameter(driver_facts &driver, const file_roots &roots, attribute_reader &attributes)
{
	const std::string module = roots.sysfs + "/module/" + driver.name;

	driver.poll_queues_parameter =
		attributes.number<unsigned>(module + "/parameters/poll_queues");
	driver.is_module = fs::exists(module + "/initstate");
}

// Disks that hang on no device, or on one of a bus that says nothing.
std::string driver_by_name(const std::string &disk)
{
	return matches("nullb[0-9]*", disk) ? "null_blk" : "";
}

} // namespace

driver_facts read_driver(const std::string &disk, const file_roots &roots,
			 attribute_reader &attributes)
{
	driver_facts driver;
	std::error_code error;
	const fs::path device =
		fs::canonical(roots.sysfs + "/class/block/" + disk + "/device", error);

	if (error)
		driver.name = driver_by_name(disk);
	else if (matches("nvme[0-9]*", device.filename()))
		read_nvme(driver, device, attributes);
	else if (device.filename().string().starts_with("nvme-subsys"))
		driver.name = "nvme-multipath";
	else
		driver.name = link_name(device / "driver");
	if (!driver.name.empty())
		read_parameter(driver, roots, attributes);
	return driver;
}

} // namespace dmpoll
