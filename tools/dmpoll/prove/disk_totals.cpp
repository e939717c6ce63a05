// SPDX-License-Identifier: GPL-2.0
#include "prove/disk_totals.hpp"

#include "lib/queue_stats.hpp"
#include "lib/text.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void add(std::optional<std::uint64_t> &sum, const std::optional<std::uint64_t> &more)
{
	if (more)
		sum = sum.value_or(0) + *more;
}

// Nothing as well when debugfs may not be read.
std::optional<poll_counters> poll_counters_if_any(const std::string &disk)
{
	try {
		return read_poll_counters(disk);
	} catch (const std::system_error &) {
		return std::nullopt;
	}
}

// The disks and the other namespaces of their NVMe controllers, which share its interrupts.
std::set<std::string> with_neighbours(const std::vector<std::string> &disks)
{
	std::set<std::string> all(disks.begin(), disks.end());

	for (const std::string &disk : disks) {
		std::error_code none; // then there are no neighbours

		for (const auto &entry : fs::directory_iterator(
			     "/sys/class/block/" + whole_disk(disk) + "/device", none))
			if (matches("nvme[0-9]*n[0-9]*", entry.path().filename()) &&
			    fs::exists("/sys/class/block" / entry.path().filename() / "stat"))
				all.insert(entry.path().filename());
	}
	return all;
}

std::uint64_t count_completed(const std::set<std::string> &disks)
{
	std::uint64_t sum = 0;

	for (const std::string &disk : disks)
		sum += read_requests(disk).completed;
	return sum;
}

disk_totals read_totals(const std::vector<std::string> &disks)
{
	disk_totals sum;

	for (const std::string &disk : disks) {
		const auto polls = poll_counters_if_any(disk);

		sum.requests += read_requests(disk).completed;
		add(sum.interrupts, read_interrupts(disk));
		if (polls) {
			add(sum.hits, polls->success);
			add(sum.polls, polls->invoked);
		}
	}
	sum.neighbours = count_completed(with_neighbours(disks)) - sum.requests;
	return sum;
}

std::optional<std::uint64_t> difference(const std::optional<std::uint64_t> &after,
					const std::optional<std::uint64_t> &before)
{
	return after && before ? std::optional(*after - *before) : std::nullopt;
}

} // namespace

disk_totals operator-(const disk_totals &after, const disk_totals &before)
{
	return {.requests = after.requests - before.requests,
		.neighbours = after.neighbours - before.neighbours,
		.interrupts = difference(after.interrupts, before.interrupts),
		.hits = difference(after.hits, before.hits),
		.polls = difference(after.polls, before.polls)};
}

// Interrupts and the accounting may trail behind what they belong to.
disk_totals read_settled_totals(const std::vector<std::string> &disks)
{
	disk_totals now = read_totals(disks);

	for (int tries = 0; tries < 20; tries++) {
		std::this_thread::sleep_for(2ms);
		const disk_totals later = read_totals(disks);

		if (later == now)
			break;
		now = later;
	}
	return now;
}

std::uint64_t count_inflight(const std::vector<std::string> &disks)
{
	std::uint64_t sum = 0;

	for (const std::string &disk : disks)
		sum += read_inflight(disk);
	return sum;
}

bool inflight_is_told(const std::vector<std::string> &disks)
{
	return std::ranges::all_of(disks, [](const std::string &disk) {
		const auto iostats = read_text_if_any("/sys/block/" + disk + "/queue/iostats");

		return !iostats || trim(*iostats) != "0";
	});
}

} // namespace dmpoll
