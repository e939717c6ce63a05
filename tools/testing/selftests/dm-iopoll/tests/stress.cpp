// SPDX-License-Identifier: GPL-2.0
// Random polled IO to a device that is suspended, given other tables, toggled
// and starved at random. What happens, and in which order, follows from --seed;
// how it interleaves does not.
#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/kernel_version.hpp"
#include "lib/patience.hpp"
#include "lib/pattern.hpp"
#include "lib/queue_setting.hpp"
#include "lib/stage.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "random_submitter.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t sectors = 16 << 11;  // 16 MiB
constexpr std::uint64_t step = 8;            // sectors; where tables may be cut
constexpr auto longest_action = 3s;          // suspend, or reload
constexpr auto longest_operation = 10s;      // several actions may come upon one
constexpr std::size_t actions_reported = 12; // the last ones

std::uint64_t below(env &e, std::uint64_t end)
{
	return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(e.random);
}

void pause(env &e, unsigned most_ms)
{
	std::this_thread::sleep_for(std::chrono::milliseconds(below(e, most_ms + 1)));
}

// Target types that map as dm-linear does, with what follows their offset.
// flakey, up for an hour, and delay, by no time, do not poll.
struct linear_like {
	const char *target;
	const char *more;
};

constexpr linear_like linear_likes[] = {{"linear", ""}, {"flakey", " 3600 0"}, {"delay", " 0"}};

const linear_like &random_like(env &e)
{
	const auto &it = linear_likes[below(e, std::size(linear_likes))];

	return has_dm_target(it.target) ? it : linear_likes[0];
}

// @table, made of linear segments, cut anew.
std::vector<dm_segment> cut_anew(env &e, const std::vector<dm_segment> &table, bool all_linear)
{
	std::vector<dm_segment> pieces;

	for (const auto &segment : table) {
		auto words = split_words(segment.params);
		auto offset = std::stoull(words[1]);
		auto left = segment.length;

		while (left) {
			auto most = left / step;
			auto length = table.size() > 16 || below(e, 2) || most < 2
					      ? left
					      : (1 + below(e, most - 1)) * step;
			const auto &like = all_linear ? linear_likes[0] : random_like(e);
			auto done = segment.length - left;

			pieces.push_back(
				{segment.start + done, length, like.target,
				 fmt::format("{} {}{}", words[0], offset + done, like.more)});
			left -= length;
		}
	}
	return pieces;
}

// One dm device of the stack.
struct level {
	dm_device *device;
	std::vector<dm_segment> first; // the table that it was made with
	std::vector<dm_segment> plain; // the same mapping, of linear segments
};

std::vector<std::string> schedulers_of(const std::string &disk)
{
	auto text = read_queue_text(disk, "scheduler");

	std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
	return split_words(text);
}

// What is done to the device meanwhile.
class disturber
{
public:
	disturber(env &e, std::vector<level> levels, const test_device &device)
	    : e_(e), levels_(std::move(levels)), device_(device)
	{
		for (const auto *disk : device.leaves()) {
			settings_.emplace_back(disk->kernel_name, "io_poll");
			settings_.emplace_back(disk->kernel_name, "scheduler");
		}
	}

	void act(std::vector<random_submitter *> &submitters)
	{
		switch (below(e_, 8)) {
		case 0:
		case 1:
			return suspend();
		case 2:
		case 3:
			return reload();
		case 4:
			return toggle();
		case 5:
			return switch_scheduler();
		case 6:
			return starve(submitters);
		default:
			return pause(e_, 20);
		}
	}

	const std::deque<std::string> &recent() const { return recent_; }
	unsigned count() const { return count_; }

private:
	level &random_level() { return levels_[below(e_, levels_.size())]; }

	void note(const std::string &text)
	{
		count_++;
		recent_.push_back(text);
		if (recent_.size() > actions_reported)
			recent_.pop_front();
		set_stage(text);
	}

	void check_soon(const stopwatch &watch) const
	{
		check_at_most("milliseconds of: " + recent_.back(), watch.elapsed().count(),
			      std::chrono::milliseconds(patient(longest_action)).count());
	}

	void suspend()
	{
		auto &it = *random_level().device;
		suspend_options how{.noflush = below(e_, 2) != 0};

		note(fmt::format("suspend {}{}", it.kernel_name(), how.noflush ? ", noflush" : ""));
		stopwatch watch;
		suspended_section section(it, how);
		check_soon(watch);
		pause(e_, 20);
		section.end();
	}

	void reload()
	{
		auto &it = random_level();
		bool plain = below(e_, 3) != 0;
		auto table = plain && below(e_, 2) ? it.first : cut_anew(e_, it.plain, plain);

		note(fmt::format("reload {} with {} segments, {}", it.device->kernel_name(),
				 table.size(), plain ? "polling" : "some of which may not poll"));
		stopwatch watch;
		it.device->reload(table);
		check_soon(watch);
	}

	void toggle()
	{
		auto leaves = device_.leaves();
		bool leaf = below(e_, 2) != 0;
		const auto &name = leaf ? leaves[below(e_, leaves.size())]->kernel_name
					: random_level().device->kernel_name();
		bool on = below(e_, 2) != 0;

		note(fmt::format("write {} to io_poll of {}", on ? 1 : 0, name));
		int err = try_set_queue(name, "io_poll", on ? "1" : "0");
		if (err && (leaf || err != EINVAL)) // its table may not poll
			check_equal("errno of: " + recent_.back(), err, 0);
	}

	void switch_scheduler()
	{
		auto leaves = device_.leaves();
		const auto &name = leaves[below(e_, leaves.size())]->kernel_name;
		auto names = schedulers_of(name);
		const auto &next = names[below(e_, names.size())];

		note(fmt::format("scheduler {} for {}", next, name));
		stopwatch watch;
		check_equal("errno of: " + recent_.back(), try_set_queue(name, "scheduler", next),
			    0);
		check_soon(watch);
	}

	void starve(std::vector<random_submitter *> &submitters)
	{
		note("stop the submitters");
		for (auto *it : submitters)
			it->stop();
		pause(e_, 20);
		if (below(e_, 2))
			suspend();
		else
			reload();
		pause(e_, 20);
		for (auto *it : submitters)
			it->go_on();
	}

	env &e_;
	std::vector<level> levels_;
	const test_device &device_;
	std::deque<queue_setting> settings_; // give back what was before
	std::deque<std::string> recent_;
	unsigned count_ = 0;
};

std::string report(const disturber &actions, const std::vector<random_submitter *> &submitters)
{
	std::string text;

	for (const auto *it : submitters)
		text += "\nio:     " + it->describe();
	text += fmt::format("\ndone:   {} actions, the last ones:", actions.count());
	for (const auto &each : actions.recent())
		text += "\n        " + each;
	return text;
}

// The whole device, in operations of 64 KiB.
io_job make_whole_job(const test_device &device)
{
	constexpr std::size_t size = 64 << 10;
	auto bytes = device.sectors() * sector_size;
	io_job job{{}, aligned_buffer(bytes), {}};

	for (std::size_t at = 0; at < bytes; at += size)
		job.ops.push_back(
			{.offset = at, .buffer = job.memory.slice(at, std::min(size, bytes - at))});
	return job;
}

void check_all_data(const test_device &device, const std::vector<random_submitter *> &submitters)
{
	auto job = make_whole_job(device);

	read_below(device, job);
	for (const auto *it : submitters)
		for (std::uint64_t at = 0; at < it->blocks().count; at++) {
			auto block = it->blocks().first + at;
			auto bytes = job.memory.slice(block * stress_block, stress_block);
			auto sector = block * (stress_block / sector_size);

			if (auto bad = check_pattern(bytes, sector, {it->data_of(at)}))
				throw mismatch{fmt::format("data at the disks of sector {}, at the "
							   "end",
							   sector),
					       bad->got, bad->wanted};
		}
}

void run_actions(env &e, disturber &actions, std::vector<random_submitter *> submitters)
{
	stopwatch watch;

	while (watch.elapsed() < e.duration) {
		set_place(e.where + report(actions, submitters));
		actions.act(submitters);
		for (auto *it : submitters)
			it->check_alive();
	}
	for (auto *it : submitters)
		it->end(longest_operation);
}

void check_progress(env &e, const std::vector<random_submitter *> &submitters)
{
	for (const auto *it : submitters) {
		e.notes += it->describe() + "\n";
		check_at_least("operations done", it->done(), 10U);
		check_at_most("milliseconds of the longest operation", it->longest().count(),
			      std::chrono::milliseconds(patient(longest_operation)).count());
	}
}

void stress(env &e, test_device device, std::vector<level> levels)
{
	auto data = e.random();
	auto job = make_whole_job(device);
	auto half = device.sectors() * sector_size / stress_block / 2;

	describe_place(e, device, {});
	seed_job(device, job, data);
	disturber actions(e, std::move(levels), device);
	random_submitter async(device, {access::async, {0, half}, data, e.random()});
	random_submitter sync(device, {access::sync, {half, half}, data, e.random()});
	std::vector<random_submitter *> submitters = {&async, &sync};

	try {
		run_actions(e, actions, submitters);
		check_progress(e, submitters);
		check_all_data(device, submitters);
	} catch (...) {
		e.where += report(actions, submitters);
		throw;
	}
	e.notes += fmt::format("{} actions\n", actions.count());
}

std::vector<level> levels_of(test_device &device)
{
	std::vector<level> levels;

	for (auto &each : device.stack.levels())
		levels.push_back({&each, each.table(), each.table()});
	return levels;
}

void linear(env &e)
{
	need_polling(e);
	auto device = make_linear(e, {random_range(e, 0, sectors)});
	auto levels = levels_of(device);

	stress(e, std::move(device), std::move(levels));
}

void concat(env &e)
{
	need_polling(e);
	std::vector<disk_range> ranges;

	for (std::size_t at = 0; at < 2; at++)
		ranges.push_back(random_range(e, at, sectors / 2));
	auto device = make_linear(e, ranges);
	auto levels = levels_of(device);

	stress(e, std::move(device), std::move(levels));
}

void stripe(env &e)
{
	need_polling(e);
	auto device = make_stripe(e, {.chunk = 128, .length = sectors});
	auto levels = levels_of(device);

	levels[0].plain = linear_table(device.extents);
	stress(e, std::move(device), std::move(levels));
}

void stacked(env &e)
{
	need_polling(e);
	auto bottom = make_stripe(e, {.chunk = 128, .length = sectors});
	auto plain = linear_table(bottom.extents);
	auto device = stack_linear(e, stack_shuffled(e, std::move(bottom), 4096), 1024);
	auto levels = levels_of(device);

	levels[0].plain = plain;
	stress(e, std::move(device), std::move(levels));
}

} // namespace

static std::vector<test_case> stress_tests()
{
	return {
		{.name = "stress.linear",
		 .what = "random IO to one segment, disturbed for --duration",
		 .run = linear,
		 .on_request = true,
		 .limit = long_limit,
		 .lasts = true,
		 .net = net_role::needed},
		{.name = "stress.concat",
		 .what = "the same over two disks, one after the other",
		 .run = concat,
		 .on_request = true,
		 .limit = long_limit,
		 .lasts = true,
		 .net = net_role::needed},
		{.name = "stress.stripe",
		 .what = "the same over a stripe",
		 .run = stripe,
		 .on_request = true,
		 .limit = long_limit,
		 .lasts = true,
		 .net = net_role::needed},
		{.name = "stress.stacked",
		 .what = "the same over three levels, a stripe at the bottom",
		 .run = stacked,
		 .on_request = true,
		 .limit = long_limit,
		 .lasts = true,
		 .net = net_role::needed},
	};
}

static const test_group group{stress_tests};

} // namespace dmpoll
