// SPDX-License-Identifier: GPL-2.0
#include "queue_stats.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

std::string sysfs_path(const std::string &disk, const std::string &attribute)
{
	return fmt::format("/sys/class/block/{}/{}", disk, attribute);
}

std::optional<std::string> read_queue_attribute(const std::string &disk, const std::string &name)
{
	auto text = read_text_if_any(sysfs_path(whole_disk(disk), "queue/" + name));

	return text ? std::optional(trim(*text)) : std::nullopt;
}

long queue_number(const std::string &disk, const std::string &name, long missing)
{
	auto text = read_queue_attribute(disk, name);

	return text ? std::stol(*text) : missing;
}

// "none [mq-deadline] kyber": the one in brackets, or the whole.
std::string active_scheduler(const std::string &text)
{
	auto open = text.find('['), close = text.find(']');

	if (open == text.npos || close == text.npos)
		return text == "none" ? "" : text;
	return text.substr(open + 1, close - open - 1);
}

void add_counters(poll_counters &sum, const std::string &text, const std::string &path)
{
	unsigned long considered, invoked, success;

	if (std::sscanf(text.c_str(), "considered=%lu invoked=%lu success=%lu", &considered,
			&invoked, &success) != 3)
		throw_errno(EPROTO, fmt::format("{}: cannot read '{}'", path, trim(text)));
	sum.considered += considered;
	sum.invoked += invoked;
	sum.success += success;
}

// The debugfs directories of @disk's polled hctxs.
std::vector<fs::path> polled_hctxs(const std::string &disk)
{
	std::vector<fs::path> found;
	fs::path top = fs::path("/sys/kernel/debug/block") / whole_disk(disk);
	std::error_code error;
	fs::directory_iterator entries(top, error);

	if (error == std::errc::no_such_file_or_directory)
		return found;
	if (error)
		throw_errno(error.value(), fmt::format("list {}", top.string()));
	for (const auto &entry : entries) {
		if (!entry.path().filename().string().starts_with("hctx"))
			continue;
		auto type = read_text_if_any(entry.path() / "type");

		if (type && trim(*type) == "poll")
			found.push_back(entry.path());
	}
	return found;
}

// Some hctx, polled or not, with an io_poll file: the kernel keeps counters.
bool keeps_poll_counters(const std::string &disk)
{
	return fs::exists(
		fmt::format("/sys/kernel/debug/block/{}/hctx0/io_poll", whole_disk(disk)));
}

// "nvme0" for nvme0n1; with multipath, every controller of the subsystem.
std::vector<std::string> nvme_controllers(const std::string &disk)
{
	std::vector<std::string> names;
	std::error_code error;
	auto device = fs::canonical(sysfs_path(whole_disk(disk), "device"), error);

	if (error)
		return names;
	auto name = device.filename().string();

	if (!name.starts_with("nvme-subsys"))
		return matches("nvme[0-9]*", name) ? std::vector{name} : names;
	for (const auto &entry : fs::directory_iterator(device))
		if (matches("nvme[0-9]*", entry.path().filename()) &&
		    entry.path().filename().string().find('n', 1) == std::string::npos)
			names.push_back(entry.path().filename());
	return names;
}

// "nvme0q3," is an IO queue of nvme0, "nvme0q0" its admin queue.
bool is_io_queue_of(const std::string &word, const std::string &controller)
{
	return word.starts_with(controller + "q") && word[controller.size() + 1] != '0';
}

bool line_is_of(const std::vector<std::string> &words, const std::vector<std::string> &controllers)
{
	for (const auto &word : words)
		for (const auto &controller : controllers)
			if (is_io_queue_of(word, controller))
				return true;
	return false;
}

// " 24:  10  0  PCI-MSI ... nvme0q1": the numbers after the first word.
std::uint64_t sum_of_cpus(const std::vector<std::string> &words)
{
	std::uint64_t sum = 0;

	for (std::size_t at = 1; at < words.size(); at++) {
		if (words[at].find_first_not_of("0123456789") != std::string::npos)
			break;
		sum += std::stoull(words[at]);
	}
	return sum;
}

} // namespace

poll_counters operator-(const poll_counters &after, const poll_counters &before)
{
	return {.considered = after.considered - before.considered,
		.invoked = after.invoked - before.invoked,
		.success = after.success - before.success};
}

std::optional<poll_counters> read_poll_counters(const std::string &disk)
{
	poll_counters sum;

	if (!keeps_poll_counters(disk))
		return std::nullopt;
	for (const auto &hctx : polled_hctxs(disk))
		add_counters(sum, read_text(hctx / "io_poll"), hctx / "io_poll");
	return sum;
}

std::optional<std::uint64_t> read_interrupts(const std::string &disk)
{
	auto controllers = nvme_controllers(disk);
	std::optional<std::uint64_t> sum;

	for (const auto &line : split_lines(read_text("/proc/interrupts"))) {
		auto words = split_words(line);

		if (line_is_of(words, controllers))
			sum = sum.value_or(0) + sum_of_cpus(words);
	}
	return sum;
}

request_counters read_requests(const std::string &disk)
{
	auto path = sysfs_path(disk, "stat");
	auto words = split_words(read_text(path));

	if (words.size() < 7)
		throw_errno(EPROTO, fmt::format("{}: {} fields, wanted 7", path, words.size()));
	return {.completed = std::stoull(words[0]) + std::stoull(words[4]),
		.sectors = std::stoull(words[2]) + std::stoull(words[6])};
}

std::uint64_t read_inflight(const std::string &disk)
{
	auto path = sysfs_path(disk, "inflight");
	auto words = split_words(read_text(path));

	if (words.size() != 2)
		throw_errno(EPROTO, fmt::format("{}: {} fields, wanted 2", path, words.size()));
	return std::stoull(words[0]) + std::stoull(words[1]);
}

queue_limits_view read_queue(const std::string &disk)
{
	queue_limits_view view;

	view.io_poll = queue_number(disk, "io_poll", 0) != 0;
	view.io_poll_delay = queue_number(disk, "io_poll_delay", -1);
	view.scheduler = active_scheduler(read_queue_attribute(disk, "scheduler").value_or(""));
	view.poll_queues = static_cast<unsigned>(polled_hctxs(disk).size());
	view.iostats = queue_number(disk, "iostats", 1) != 0;
	view.logical_block_size =
		static_cast<unsigned>(queue_number(disk, "logical_block_size", 512));
	view.max_sectors_kb = static_cast<unsigned>(queue_number(disk, "max_sectors_kb", 0));
	return view;
}

bool has_disk(const std::string &disk)
{
	// what comes last
	return fs::exists(sysfs_path(disk, "holders")) &&
	       fs::exists(sysfs_path(whole_disk(disk), "queue/io_poll"));
}

std::string whole_disk(const std::string &name)
{
	if (!fs::exists(sysfs_path(name, "partition")))
		return name;
	return fs::canonical(sysfs_path(name, "")).parent_path().filename();
}

} // namespace dmpoll
