// SPDX-License-Identifier: GPL-2.0
#include "queue_stats.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

std::string sysfs_path(const std::string &disk, const std::string &attribute,
		       const file_roots &roots = {})
{
	return fmt::format("{}/class/block/{}/{}", roots.sysfs, disk, attribute);
}

template <typename Number = std::uint64_t>
Number number_in(const std::string &word, const std::string &path)
{
	Number number = 0;
	auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);

	if (error != std::errc() || end != word.data() + word.size())
		throw_errno(EPROTO, fmt::format("{}: '{}' is no number", path, word));
	return number;
}

std::optional<std::string> read_queue_attribute(const std::string &disk, const std::string &name)
{
	auto text = read_text_if_any(sysfs_path(whole_disk(disk), "queue/" + name));

	return text ? std::optional(trim(*text)) : std::nullopt;
}

long queue_number(const std::string &disk, const std::string &name, long missing)
{
	auto text = read_queue_attribute(disk, name);

	return text ? number_in<long>(*text, sysfs_path(disk, "queue/" + name)) : missing;
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

// The debugfs directories of @disk's hctxs.
std::vector<fs::path> hctx_directories(const std::string &disk, const file_roots &roots)
{
	std::vector<fs::path> found;
	fs::path top = fs::path(roots.debugfs) / "block" / whole_disk(disk, roots);
	std::error_code error;
	fs::directory_iterator entries(top, error);

	if (error == std::errc::no_such_file_or_directory)
		return found;
	if (error)
		throw_errno(error.value(), fmt::format("list {}", top.string()));
	for (const auto &entry : entries)
		if (matches("hctx[0-9]*", entry.path().filename()))
			found.push_back(entry.path());
	return found;
}

hctx_view read_hctx(const fs::path &directory)
{
	hctx_view view;
	auto type = read_text_if_any(directory / "type");
	auto counters = read_text_if_any(directory / "io_poll");

	view.number = static_cast<unsigned>(
		number_in(directory.filename().string().substr(4), directory));
	view.type = trim(type.value_or(""));
	if (!counters)
		return view;
	view.counters.emplace();
	add_counters(*view.counters, *counters, directory / "io_poll");
	return view;
}

// 0 also where debugfs may not be read (a kernel that is locked down).
unsigned count_polled(const std::string &disk)
{
	try {
		return static_cast<unsigned>(
			std::ranges::count_if(read_hctxs(disk), [](const hctx_view &hctx) {
				return hctx.type == "poll";
			}));
	} catch (const std::system_error &error) {
		if (error.code().value() != EPERM && error.code().value() != EACCES)
			throw;
		return 0;
	}
}

// "nvme0" for nvme0n1; with multipath, every controller of the subsystem.
std::vector<std::string> nvme_controllers(const fs::path &device)
{
	std::vector<std::string> names;
	auto name = device.filename().string();

	if (!name.starts_with("nvme-subsys"))
		return matches("nvme[0-9]*", name) ? std::vector{name} : names;
	for (const auto &entry : fs::directory_iterator(device))
		if (matches("nvme[0-9]*", entry.path().filename()) &&
		    entry.path().filename().string().find('n', 1) == std::string::npos)
			names.push_back(entry.path().filename());
	return names;
}

// Those that have the requests for @disk.
std::vector<std::string> request_disks(const std::string &disk, const file_roots &roots)
{
	auto paths = nvme_paths(disk, roots);

	return paths.empty() ? std::vector{disk} : paths;
}

// Globs for what /proc/interrupts calls the IO queues of a disk: "nvme0q3" is an
// IO queue of nvme0, "nvme0q0" its admin queue, "virtio1-req.0" one of virtio1.
std::vector<std::string> interrupt_names(const std::string &disk, const file_roots &roots)
{
	std::vector<std::string> globs;
	std::error_code error;
	auto device = fs::canonical(sysfs_path(whole_disk(disk, roots), "device", roots), error);

	if (error)
		return globs;
	if (matches("virtio[0-9]*", device.filename()))
		return {device.filename().string() + "-req*"};
	for (const auto &controller : nvme_controllers(device))
		globs.push_back(controller + "q[1-9]*");
	return globs;
}

bool line_is_of(const std::vector<std::string> &words, const std::vector<std::string> &globs)
{
	for (const auto &word : words)
		for (const auto &glob : globs)
			if (matches(glob, word))
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
		sum += number_in(words[at], "/proc/interrupts");
	}
	return sum;
}

} // namespace

std::vector<std::string> nvme_paths(const std::string &disk, const file_roots &roots)
{
	std::vector<std::string> names;

	if (!matches("nvme[0-9]*n[0-9]*", disk) || disk.find('c') != disk.npos)
		return names;
	auto at = disk.rfind('n');
	auto wanted = disk.substr(0, at) + "c[0-9]*" + disk.substr(at);
	for (const auto &entry : fs::directory_iterator(roots.sysfs + "/class/block"))
		if (matches(wanted, entry.path().filename()))
			names.push_back(entry.path().filename());
	std::ranges::sort(names);
	return names;
}

poll_counters operator+(const poll_counters &one, const poll_counters &other)
{
	return {.considered = one.considered + other.considered,
		.invoked = one.invoked + other.invoked,
		.success = one.success + other.success};
}

poll_counters operator-(const poll_counters &after, const poll_counters &before)
{
	return {.considered = after.considered - before.considered,
		.invoked = after.invoked - before.invoked,
		.success = after.success - before.success};
}

std::vector<hctx_view> read_hctxs(const std::string &disk, const file_roots &roots)
{
	std::vector<hctx_view> found;

	for (const auto &directory : hctx_directories(disk, roots))
		found.push_back(read_hctx(directory));
	std::ranges::sort(found, {}, &hctx_view::number);
	return found;
}

std::optional<poll_counters> read_poll_counters(const std::string &disk, const file_roots &roots)
{
	std::optional<poll_counters> sum;

	for (const auto &each : request_disks(disk, roots))
		for (const auto &hctx : read_hctxs(each, roots)) {
			if (!hctx.counters)
				continue;
			if (!sum)
				sum.emplace();
			if (hctx.type == "poll")
				*sum = *sum + *hctx.counters;
		}
	return sum;
}

std::optional<std::uint64_t> read_interrupts(const std::string &disk, const file_roots &roots)
{
	auto globs = interrupt_names(disk, roots);
	std::optional<std::uint64_t> sum;

	for (const auto &line : split_lines(read_text(roots.procfs + "/interrupts"))) {
		auto words = split_words(line);

		if (line_is_of(words, globs))
			sum = sum.value_or(0) + sum_of_cpus(words);
	}
	return sum;
}

request_counters read_requests(const std::string &disk, const file_roots &roots)
{
	request_counters sum;

	for (const auto &each : request_disks(disk, roots)) {
		auto path = sysfs_path(each, "stat", roots);
		auto words = split_words(read_text(path));

		if (words.size() < 7)
			throw_errno(EPROTO,
				    fmt::format("{}: {} fields, wanted 7", path, words.size()));
		sum.completed += number_in(words[0], path) + number_in(words[4], path);
		sum.sectors += number_in(words[2], path) + number_in(words[6], path);
	}
	return sum;
}

std::uint64_t read_inflight(const std::string &disk, const file_roots &roots)
{
	std::uint64_t sum = 0;

	for (const auto &each : request_disks(disk, roots)) {
		auto path = sysfs_path(each, "inflight", roots);
		auto words = split_words(read_text(path));

		if (words.size() != 2)
			throw_errno(EPROTO,
				    fmt::format("{}: {} fields, wanted 2", path, words.size()));
		sum += number_in(words[0], path) + number_in(words[1], path);
	}
	return sum;
}

queue_limits_view read_queue(const std::string &disk)
{
	queue_limits_view view;

	view.io_poll = queue_number(disk, "io_poll", 0) != 0;
	view.io_poll_delay = queue_number(disk, "io_poll_delay", -1);
	view.scheduler = active_scheduler(read_queue_attribute(disk, "scheduler").value_or(""));
	view.poll_queues = count_polled(disk);
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

std::string whole_disk(const std::string &name, const file_roots &roots)
{
	if (!fs::exists(sysfs_path(name, "partition", roots)))
		return name;
	return fs::canonical(sysfs_path(name, "", roots)).parent_path().filename();
}

} // namespace dmpoll
