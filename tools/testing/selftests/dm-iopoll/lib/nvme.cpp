// SPDX-License-Identifier: GPL-2.0
#include "nvme.hpp"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "queue_stats.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

constexpr auto parameter = "/sys/module/nvme/parameters/poll_queues";

} // namespace

std::optional<nvme_controller> nvme_controller::of(const std::string &disk)
{
	std::error_code error;
	auto device = fs::canonical("/sys/class/block/" + whole_disk(disk) + "/device", error);
	nvme_controller found;

	if (error || !fs::exists(device / "reset_controller") ||
	    !fs::exists(device / "device/remove"))
		return std::nullopt;
	found.name_ = device.filename();
	found.path_ = device;
	return found;
}

void nvme_controller::reset() const
{
	write_text(path_ + "/reset_controller", "1");
}

void nvme_controller::scan() const
{
	write_text(path_ + "/rescan_controller", "1");
}

void nvme_controller::remove() const
{
	write_text(path_ + "/device/remove", "1");
}

void rescan_pci()
{
	write_text("/sys/bus/pci/rescan", "1");
}

poll_queues_setting::poll_queues_setting(const nvme_controller &controller)
    : controller_(controller), before_(trim(read_text(parameter)))
{
}

poll_queues_setting::~poll_queues_setting()
{
	try {
		if (trim(read_text(parameter)) != before_)
			set(static_cast<unsigned>(std::stoul(before_)));
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

void poll_queues_setting::set(unsigned count)
{
	write_text(parameter, std::to_string(count));
	controller_.reset();
}

} // namespace dmpoll
