// SPDX-License-Identifier: GPL-2.0
#include "leaf.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <libkmod.h>
#include <unistd.h>

#include "error.hpp"
#include "poll_net.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

using namespace std::chrono_literals;

constexpr auto name = "dm_iopoll_leaf";
constexpr auto patience = 5s;

using kmod_ptr = std::unique_ptr<kmod_ctx, decltype(&kmod_unref)>;
using kmod_module_ptr = std::unique_ptr<kmod_module, decltype(&kmod_module_unref)>;

kmod_ptr open_kmod()
{
	kmod_ptr kmod(kmod_new(nullptr, nullptr), kmod_unref);

	if (!kmod)
		throw_errno(ENOMEM, "open libkmod");
	return kmod;
}

std::string control_path(const std::string &disk)
{
	return fmt::format("/sys/kernel/debug/{}/{}", name, disk);
}

void write_command(const std::string &disk, const std::string &text)
{
	auto file = open_file(control_path(disk), O_WRONLY);

	check_errno(::write(file.get(), text.data(), text.size()),
		    fmt::format("command '{}' to the test leaf {}", text, disk));
}

std::string parameters(const leaf_options &options)
{
	return fmt::format("devices={} poll_queues={} irq_queues={} depth={} max_sectors={} "
			   "timeout_ms={} latency_us={} no_data={}",
			   options.devices, options.poll_queues, options.irq_queues, options.depth,
			   options.max_sectors, options.timeout_ms, options.latency_us,
			   options.no_data ? 1 : 0);
}

void load(const std::string &file, const std::string &options)
{
	auto kmod = open_kmod();
	kmod_module *found = nullptr;

	check_negative(kmod_module_new_from_path(kmod.get(), file.c_str(), &found), "open " + file);
	kmod_module_ptr module(found, kmod_module_unref);
	check_negative(kmod_module_insert_module(module.get(), 0, options.c_str()),
		       fmt::format("load {} {}", file, options));
}

int try_unload()
{
	auto kmod = open_kmod();
	kmod_module *found = nullptr;

	check_negative(kmod_module_new_from_name(kmod.get(), name, &found), "find the module");
	kmod_module_ptr module(found, kmod_module_unref);
	return kmod_module_remove_module(module.get(), 0);
}

// udev, where there is one, makes the node a moment later.
void await_node(const std::string &path)
{
	auto deadline = std::chrono::steady_clock::now() + patience;

	while (!fs::exists(path)) {
		if (std::chrono::steady_clock::now() > deadline)
			throw_errno(ENOENT, path + ", a disk of the test leaf");
		std::this_thread::sleep_for(1ms);
	}
}

leaf_queue_state parse_queue(const std::string &line)
{
	leaf_queue_state queue;
	char type[8], cpus[64] = "";

	if (std::sscanf(line.c_str(), "hctx %u type %7s waiting %u polls %lu hits %lu cpus %63s",
			&queue.hctx, type, &queue.waiting, &queue.polls, &queue.hits, cpus) < 5)
		throw_errno(EPROTO, fmt::format("state of the test leaf: cannot read '{}'", line));
	queue.polled = std::string(type) == "poll";
	queue.cpus = cpus;
	return queue;
}

} // namespace

leaf_module::leaf_module(const std::string &file, const leaf_options &options)
{
	load(file, parameters(options));
	try {
		claim_disks(options.devices);
	} catch (...) {
		disks_.clear();
		unload_leaf();
		throw;
	}
}

void leaf_module::claim_disks(unsigned count)
{
	for (unsigned index = 0; index < count; index++) {
		auto path = fmt::format("/dev/dmleaf{}", index);

		await_node(path);
		disks_.push_back(claim_disk(path));
	}
}

leaf_module::~leaf_module()
{
	release_leaf();
	for (const auto &disk : disks_)
		keep_rescued(disk.kernel_name);
	disks_.clear();
	if (!unload_leaf())
		std::fprintf(stderr, "# the test leaf cannot be unloaded\n");
}

void leaf_module::command(std::size_t disk, const std::string &text) const
{
	write_command(disks_.at(disk).kernel_name, text);
}

void leaf_module::hold(bool yes) const
{
	for (std::size_t at = 0; at < disks_.size(); at++)
		command(at, fmt::format("hold {}", yes ? 1 : 0));
}

void leaf_module::release(std::size_t disk, unsigned count) const
{
	for (const auto &queue : queues(disk)) {
		auto some = std::min(count, queue.waiting);

		if (some)
			command(disk, fmt::format("release {} {}", queue.hctx, some));
		count -= some;
	}
}

std::vector<leaf_queue_state> leaf_module::queues(std::size_t disk) const
{
	std::vector<leaf_queue_state> found;

	for (const auto &line : split_lines(read_text(control_path(disks_.at(disk).kernel_name))))
		found.push_back(parse_queue(line));
	return found;
}

unsigned leaf_module::waiting(std::size_t disk) const
{
	unsigned sum = 0;

	for (const auto &queue : queues(disk))
		sum += queue.waiting;
	return sum;
}

void release_leaf()
{
	std::error_code error;

	for (const auto &file : fs::directory_iterator(control_path(""), error))
		try {
			write_command(file.path().filename(), "hold 0");
		} catch (const std::exception &failed) {
			std::fprintf(stderr, "# %s\n", failed.what());
		}
}

bool leaf_is_loaded()
{
	return fs::exists(fmt::format("/sys/module/{}", name));
}

bool unload_leaf()
{
	auto deadline = std::chrono::steady_clock::now() + patience;

	while (leaf_is_loaded()) {
		if (try_unload() && std::chrono::steady_clock::now() > deadline)
			return false;
		std::this_thread::sleep_for(5ms);
	}
	return true;
}

} // namespace dmpoll
