// SPDX-License-Identifier: GPL-2.0
#include "poll_net.hpp"

#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

const std::string disks_dir = "/sys/kernel/debug/block";
const std::string net_switch = disks_dir + "/poll_net";
constexpr auto counter = "poll_rescued";

std::uint64_t of_gone_disks;

template <typename Action> void for_each_counter(const Action &action)
{
	std::error_code error;

	for (const auto &entry : fs::directory_iterator(disks_dir, error))
		if (fs::exists(entry.path() / counter, error))
			action(entry.path());
}

} // namespace

std::optional<std::uint64_t> read_rescued(const std::string &disk)
{
	auto text = read_text_if_any(disks_dir + "/" + disk + "/" + counter);

	if (!text)
		return std::nullopt;
	return std::stoull(*text);
}

std::uint64_t read_all_rescued()
{
	auto sum = of_gone_disks;

	for_each_counter(
		[&](const fs::path &disk) { sum += read_rescued(disk.filename()).value_or(0); });
	return sum;
}

void forget_rescued()
{
	of_gone_disks = 0;
	for_each_counter([](const fs::path &disk) { write_text(disk / counter, "0"); });
}

void keep_rescued(const std::string &disk)
{
	of_gone_disks += read_rescued(disk).value_or(0);
}

bool has_poll_net()
{
	return ::access(net_switch.c_str(), W_OK) == 0;
}

without_poll_net::without_poll_net()
{
	write_text(net_switch, "0");
}

without_poll_net::~without_poll_net()
{
	try {
		write_text(net_switch, "1");
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

} // namespace dmpoll
