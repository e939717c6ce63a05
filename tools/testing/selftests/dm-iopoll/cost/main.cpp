// SPDX-License-Identifier: GPL-2.0
// dm_iopoll_cost: runs IO between marker instructions, for an emulator that
// counts instructions there. Prints a line of JSON for each time it did, in
// the same order. With --latency, it prints what the clock says instead: a table
// of IOs per second.
//
//   dm_iopoll_cost [--full] [--leaf FILE | --null-blk QUEUES | --disk PATH] [--repeats N] [--ios N]
//                  [--irq | --latency US]
//     --leaf FILE        the test leaf's module: it makes the disks
//     --null-blk QUEUES  or the disks are null_blk's, with so many poll queues
//     --disk PATH        or there is one disk, which is overwritten
//     --irq              leave out what is polled: the kernel cannot
//     --latency US       the leaf takes so long for each IO, for all at a time; may be
//                        given more than once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/dm_device.hpp"
#include "lib/error.hpp"
#include "lib/leaf.hpp"
#include "lib/made_disk.hpp"
#include "load.hpp"
#include "shape.hpp"

namespace dmpoll
{

namespace
{

constexpr std::uint64_t region = 16 << 11; // sectors of each disk that are used

struct settings {
	bool full = false, irq = false;
	std::string leaf, disk;
	unsigned null_blk = 0; // poll queues
	unsigned repeats = 3, ios = 2048;
	std::vector<unsigned> latencies;
	unsigned latency_us = 0; // of these, the one that is measured
};

// No-operations with an operand that no compiler emits; the emulator's plugin
// looks for them: tools/lab/plugin/marker.hpp.
void begin_counting()
{
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n.ascii \"DMPB\"" ::: "memory");
}

void end_counting()
{
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n.ascii \"DMPE\"" ::: "memory");
}

// The disks of a shape.
class disks
{
public:
	disks(const settings &options, const shape &form) : disk_(options.disk), form_(form)
	{
		if (!options.leaf.empty())
			leaf_ = std::make_unique<leaf_module>(
				options.leaf, leaf_options{.devices = form.devices,
							   .poll_queues = form.poll_queues,
							   .depth = 256,
							   .timeout_ms = 60000,
							   .latency_us = options.latency_us,
							   .no_data = true});
	}

	std::string name(unsigned index) const
	{
		if (!disk_.empty())
			return std::filesystem::path(disk_).filename();
		return leaf_ ? leaf_->disk(index).kernel_name : fmt::format("nullb{}", index);
	}
	std::string path(unsigned index) const { return "/dev/" + name(index); }

	// What is not polled completes in its submission: no timer is measured.
	void set_instant(bool yes) const
	{
		for (unsigned at = 0; leaf_ && at < form_.devices; at++)
			leaf_->command(at, yes ? "instant 1" : "instant 0");
	}

	// Calls of ->poll() so far, of all hctxs.
	std::optional<std::uint64_t> polls() const
	{
		std::uint64_t sum = 0;

		if (!leaf_)
			return std::nullopt;
		for (unsigned at = 0; at < form_.devices; at++)
			for (const auto &queue : leaf_->queues(at))
				sum += queue.polls;
		return sum;
	}

	bool fits(const shape &form) const
	{
		return form.devices == form_.devices && form.poll_queues == form_.poll_queues;
	}

private:
	std::string disk_;
	shape form_;
	std::unique_ptr<leaf_module> leaf_;
};

std::vector<dm_segment> make_table(const shape &form, const disks &below)
{
	std::vector<dm_segment> table;
	auto length = region / form.segments;

	if (form.stripe) {
		auto parameters = fmt::format("{} 8", form.devices);
		for (unsigned at = 0; at < form.devices; at++)
			parameters += fmt::format(" {} 0", below.path(at));
		return {{0, form.devices * region, "striped", parameters}};
	}
	for (unsigned at = 0; at < form.devices; at++)
		for (unsigned part = 0; part < form.segments; part++)
			table.push_back({at * region + part * length, length, "linear",
					 fmt::format("{} {}", below.path(at), part * length)});
	return table;
}

// Devices on top of each other, the last one is the uppermost; an array is the
// lowest.
class stack
{
public:
	stack(const shape &form, const disks &below)
	{
		if (form.raid0)
			make_array(form, below);
		else
			push(make_table(form, below));
		for (unsigned level = 1; level < form.stack; level++)
			push({{0, form.devices * region, "linear", path() + " 0"}});
	}
	stack(const stack &) = delete;
	stack &operator=(const stack &) = delete;
	~stack()
	{
		while (!levels_.empty())
			levels_.pop_back();
	}
	std::string path() const
	{
		return levels_.empty() ? array_->path() : levels_.back().path();
	}

private:
	void push(const std::vector<dm_segment> &table)
	{
		levels_.push_back(
			dm_device::create(fmt::format("dm_iopoll_cost-{}", levels_.size()), table));
	}

	void make_array(const shape &form, const disks &below)
	{
		constexpr std::uint64_t chunk = 128; // sectors
		std::vector<md_member> members;

		for (unsigned at = 0; at < form.devices; at++)
			members.push_back({below.name(at), 0, region});
		array_ = std::make_unique<md_array>("dm_iopoll_cost");
		array_->start_raid0(members, chunk);
	}

	std::unique_ptr<md_array> array_;
	std::vector<dm_device> levels_;
};

load_options raw_load(const cell &c, const disks &below)
{
	load_options options{.paths = {},
			     .places = {},
			     .block_size = c.form.block_size(),
			     .iodepth = c.iodepth,
			     .write = c.write};

	for (unsigned at = 0; at < c.form.devices; at++) {
		options.paths.push_back(below.path(at));
		options.places.push_back({at, 0, region * 512});
	}
	return options;
}

// The same operations, by way of dm: to the disks by turns.
load_options dm_load(const cell &c, const disks &below, const std::string &path)
{
	auto options = raw_load(c, below);

	options.paths = {path};
	for (auto &to : options.places) {
		to.offset = c.form.stripe ? 0 : to.file * region * 512;
		to.file = 0;
	}
	return options;
}

void measure(const settings &options, const cell &c, const disks &below, const std::string &mode,
	     load_options what)
{
	what.polled = mode.ends_with("poll");
	below.set_instant(!what.polled);
	load job(what);
	job.run(options.ios / 4);
	for (unsigned round = 0; round < options.repeats; round++) {
		auto before = below.polls();
		::usleep(50'000); // what was printed has gone where it goes
		begin_counting();
		job.run(options.ios);
		end_counting();
		auto polls = before ? std::to_string(*below.polls() - *before) : "null";
		fmt::print("{{{},\"mode\":\"{}\",\"ios\":{},\"polls\":{}}}\n", to_json(c), mode,
			   options.ios, polls);
		std::fflush(stdout);
	}
}

void measure_cell(const settings &options, const cell &c, const disks &below)
{
	std::vector<std::string> modes = {"irq", "poll"};

	if (options.irq)
		modes.pop_back();
	for (const auto &mode : modes)
		measure(options, c, below, "raw_" + mode, raw_load(c, below));
	stack device(c.form, below);
	for (const auto &mode : modes)
		measure(options, c, below, "dm_" + mode, dm_load(c, below, device.path()));
}

void measure_all(const settings &options)
{
	std::unique_ptr<disks> below;

	for (const auto &c : make_grid(options.full)) {
		// raid0 of newer kernels does not poll
		if (options.null_blk && (c.form.poll_queues != options.null_blk || c.form.raid0))
			continue;
		if (!options.disk.empty() && c.form != shape{})
			continue;
		if (!below || !below->fits(c.form)) {
			below.reset();
			below = std::make_unique<disks>(options, c.form);
		}
		measure_cell(options, c, *below);
	}
}

double per_second(const settings &options, load_options what)
{
	using clock = std::chrono::steady_clock;
	load job(what);

	job.run(options.ios / 4);
	auto begin = clock::now();
	job.run(options.ios);
	return options.ios / std::chrono::duration<double>(clock::now() - begin).count();
}

// A row for each depth. Where the disk is the limit at a depth of some IOs, these
// come in one of several rhythms by chance, so there is no such row.
void measure_latency(const settings &options)
{
	const shape form;
	const disks below(options, form);
	const stack device(form, below);

	for (unsigned iodepth : {1U, 32U, 128U}) {
		const cell c{form, iodepth};
		auto row = fmt::format("| {} us | {} |", options.latency_us, iodepth);
		double iops = 0, before = 0;

		for (auto load : {raw_load(c, below), dm_load(c, below, device.path())})
			for (bool polled : {false, true}) {
				load.polled = polled;
				before = std::exchange(iops, per_second(options, load));
				row += fmt::format(" {:.3g}k |", iops / 1000);
			}
		fmt::print("{} {:.2f} |\n", row, iops / before);
	}
}

void measure_time(settings options)
{
	fmt::print(
		"| latency | depth | raw/irq | raw/poll | dm/irq | dm/poll | dm/poll over dm/irq "
		"|\n|---|---|---|---|---|---|---|\n");
	for (auto latency : options.latencies) {
		options.latency_us = latency;
		measure_latency(options);
	}
}

settings parse(int argc, char **argv)
{
	settings options;

	for (int at = 1; at < argc; at++) {
		std::string name = argv[at], value = at + 1 < argc ? argv[at + 1] : "";

		if (name == "--full" || name == "--irq") {
			(name == "--full" ? options.full : options.irq) = true;
			continue;
		}
		if (name == "--leaf")
			options.leaf = value;
		else if (name == "--disk")
			options.disk = value;
		else if (name == "--null-blk")
			options.null_blk = static_cast<unsigned>(std::stoul(value));
		else if (name == "--repeats")
			options.repeats = static_cast<unsigned>(std::stoul(value));
		else if (name == "--latency")
			options.latencies.push_back(static_cast<unsigned>(std::stoul(value)));
		else if (name == "--ios")
			options.ios = static_cast<unsigned>(std::stoul(value));
		else
			throw std::invalid_argument("unknown option " + name);
		at++;
	}
	if (!options.latencies.empty() && options.leaf.empty())
		throw std::invalid_argument("--latency needs --leaf: no other disk can be told");
	return options;
}

} // namespace

} // namespace dmpoll

int main(int argc, char **argv)
try {
	auto options = dmpoll::parse(argc, argv);

	options.latencies.empty() ? dmpoll::measure_all(options) : dmpoll::measure_time(options);
	return 0;
} catch (const std::exception &error) {
	fmt::print(stderr, "dm_iopoll_cost: {}\n", error.what());
	return 1;
}
