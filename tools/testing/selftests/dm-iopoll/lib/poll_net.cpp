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
const std::string tick_file = disks_dir + "/poll_net_ms";
constexpr std::string_view counter = "rescued=";

std::uint64_t of_gone_disks;

// Each hw queue has a file of counters; a device of dm has no hw queues, and later
// kernels no such file.
template <typename Action> void for_each_counter(const fs::path &disk, const Action &action)
{
	std::error_code error;

	for (const auto &entry : fs::directory_iterator(disk, error))
		if (fs::exists(entry.path() / "io_poll", error))
			action(entry.path() / "io_poll");
}

template <typename Action> void for_each_disk(const Action &action)
{
	std::error_code error;

	for (const auto &entry : fs::directory_iterator(disks_dir, error))
		action(entry.path());
}

std::uint64_t read_counter(const std::string &path)
{
	for (const auto &line : split_lines(read_text_if_any(path).value_or("")))
		if (line.compare(0, counter.size(), counter) == 0)
			return std::stoull(line.substr(counter.size()));
	return 0;
}

} // namespace

std::uint64_t read_rescued(const std::string &disk)
{
	std::uint64_t sum = 0;

	for_each_counter(fs::path(disks_dir) / disk,
			 [&](const fs::path &file) { sum += read_counter(file); });
	return sum;
}

std::uint64_t read_all_rescued()
{
	auto sum = of_gone_disks;

	for_each_disk([&](const fs::path &disk) { sum += read_rescued(disk.filename()); });
	return sum;
}

void forget_rescued()
{
	of_gone_disks = 0;
	for_each_disk([](const fs::path &disk) {
		for_each_counter(disk, [](const fs::path &file) { write_text(file, "0"); });
	});
}

void keep_rescued(const std::string &disk)
{
	of_gone_disks += read_rescued(disk);
}

bool has_poll_net()
{
	return ::access(tick_file.c_str(), W_OK) == 0;
}

poll_net_tick::poll_net_tick(std::chrono::milliseconds tick)
{
	auto before = read_text_if_any(tick_file);

	if (!before)
		return;
	before_ = trim(*before);
	write_text(tick_file, std::to_string(tick.count()));
}

poll_net_tick::~poll_net_tick()
{
	if (before_.empty())
		return;
	try {
		write_text(tick_file, before_);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

} // namespace dmpoll
