// SPDX-License-Identifier: GPL-2.0
#include "top/top.hpp"

#include "check/check.hpp"
#include "check/refusal.hpp"
#include "terminal.hpp"

#include "lib/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <thread>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

using clock = std::chrono::steady_clock;

// None where debugfs may not be read: requests and interrupts can be shown without.
std::vector<hctx_view> hctxs_if_allowed(const std::string &disk)
{
	static bool told = false;

	try {
		return read_hctxs(disk);
	} catch (const std::system_error &error) {
		if (error.code().value() != EPERM && error.code().value() != EACCES)
			throw;
	}
	if (!told)
		fmt::print(stderr, "dmpoll: polls are not shown: {}\n",
			   why_no_debugfs(look_for_refusals()));
	told = true;
	return {};
}

bool has_polled_queue(const std::string &disk)
{
	return std::ranges::any_of(hctxs_if_allowed(disk),
				   [](const hctx_view &hctx) { return hctx.type == "poll"; });
}

std::vector<std::string> disks_with_polled_queues()
{
	std::vector<std::string> disks;

	for (const fs::directory_entry &entry : fs::directory_iterator("/sys/block"))
		if (has_polled_queue(entry.path().filename()))
			disks.push_back(entry.path().filename());
	if (disks.empty())
		throw_errno(ENODEV,
			    "no disk here has polled hw queues (or debugfs does not show them: "
			    "mount -t debugfs none /sys/kernel/debug); name a device, and dmpoll "
			    "check says why it has none");
	return disks;
}

std::vector<std::string> disks_below(const std::vector<std::string> &arguments)
{
	std::set<std::string> disks;

	for (const std::string &argument : arguments)
		for (const std::string &leaf : leaves_of(check(argument, running_machine()).stack))
			disks.insert(leaf);
	return {disks.begin(), disks.end()};
}

disk_sample read_disk_sample(const std::string &disk)
{
	return {.requests = read_requests(disk).completed,
		.interrupts = read_interrupts(disk),
		.hctxs = hctxs_if_allowed(disk)};
}

top_sample read_sample(const std::vector<std::string> &disks)
{
	top_sample sample;

	for (const std::string &disk : disks)
		try {
			sample[disk] = read_disk_sample(disk);
		} catch (const std::system_error &) {
			if (fs::exists("/sys/block/" + disk))
				throw;
		}
	return sample;
}

void print_frame(const std::vector<top_row> &rows, const top_options &options)
{
	if (options.json) {
		fmt::print("{}\n", top_json(rows));
	} else {
		const bool in_place = stdout_can_redraw() && options.count != 1;

		// home, and clear
		fmt::print("{}dmpoll top: per second, every {} ms; Ctrl-C ends it\n\n{}{}\n",
			   in_place ? "\033[H\033[J" : "", options.interval.count(), top_text(rows),
			   rows.empty() ? "all disks are gone\n" : "");
	}
	std::fflush(stdout);
}

} // namespace

void run_top(const top_options &options)
{
	const std::vector<std::string> disks = options.arguments.empty()
						       ? disks_with_polled_queues()
						       : disks_below(options.arguments);
	top_sample before = read_sample(disks);
	auto then = clock::now();

	for (unsigned frame = 0; options.count == 0 || frame < options.count; frame++) {
		std::this_thread::sleep_for(options.interval);
		const top_sample now = read_sample(disks);
		const std::chrono::duration<double> elapsed = clock::now() - then;

		print_frame(compare_samples(before, now, elapsed.count()), options);
		if (std::ferror(stdout))
			return;
		before = now;
		then = clock::now();
	}
}

} // namespace dmpoll
