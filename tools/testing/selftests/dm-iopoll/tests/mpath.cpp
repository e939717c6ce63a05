// SPDX-License-Identifier: GPL-2.0
// dm-multipath in its bio mode: bios go to a path, or wait for one.
#include <cerrno>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/poll_net.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"
#include "trouble.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t length = region_sectors / 4;

// Two ways to one place: dm devices, of which each can be made to fail.
struct multipath {
	std::vector<test_device> paths;
	test_device device;

	void fail(std::size_t path) { tell("fail_path", path); }
	void reinstate(std::size_t path) { tell("reinstate_path", path); }
	void tell(const std::string &what, std::size_t path)
	{
		device.stack.top().message(what + " " + paths[path].path);
	}
};

multipath make_multipath(env &e, const std::string &features = "2 queue_mode bio")
{
	for (auto how : {access::async, access::sync})
		need_polling(e, how);
	need_target("multipath", "CONFIG_DM_MULTIPATH");
	if (!has_poll_net())
		throw skip_test{"needs the 5.10 series"};
	auto range = random_range(e, 0, length);
	std::vector<test_device> paths;

	for (int path = 0; path < 2; path++)
		paths.push_back(make_linear(e, {range}));
	auto parameters = fmt::format("{} 0 1 1 round-robin 0 2 1 {} 1 {} 1", features,
				      paths[0].path, paths[1].path);
	auto device = make_dm(e, {{0, length, "multipath", parameters}},
			      {{0, length, range.disk, range.start}});
	check_polls(device);
	return {std::move(paths), std::move(device)};
}

void bio(env &e)
{
	auto made = make_multipath(e);

	exercise_all(e, made.device, {4096, 65536});
	exercise_all(e, stack_linear(e, std::move(made.device), 64), {4096, 65536});
}

// By a message, as multipathd does.
void fail_path(env &e)
{
	auto made = make_multipath(e);

	for (auto how : {access::async, access::sync})
		run_under_load(e, made.device, {.how = how}, [&](busy_reader &reader) {
			for (std::size_t round = 0; round < 20; round++) {
				made.fail(round % 2);
				reader.await_reads(32, 10s);
				made.reinstate(round % 2);
			}
		});
	exercise_all(e, made.device, {4096, 65536});
}

// By errors of what is below: IO is sent again, by the other path.
void path_errors(env &e)
{
	auto made = make_multipath(e);

	run_under_load(e, made.device, {}, [&](busy_reader &reader) {
		for (std::size_t round = 0; round < 6; round++) {
			auto &path = made.paths[round % 2];

			path.stack.top().reload({{0, length, "error", ""}});
			reader.await_reads(64, 10s);
			path.stack.top().reload(linear_table(path.extents));
			made.reinstate(round % 2);
			reader.await_reads(64, 10s);
		}
	});
	exercise_all(e, made.device, {4096, 65536});
}

// A path whose disk has no tag left has not failed.
void few_tags(env &e)
{
	auto made = make_multipath(e);
	auto trouble = few_tags_trouble().make(e, made.device);

	for (auto dir : {direction::read, direction::write}) {
		auto data_seed = e.random();
		auto job = make_seeded_job(e, made.device, {.dir = dir, .count = 256, .depth = 64},
					   data_seed);
		auto file = open_file(made.device.path, O_RDWR | O_DIRECT);

		run_async(file.get(), job, {});
		check_results(job, poll_mode::poll);
		check_job(made.device, job, data_seed);
	}
	for (std::size_t path = 0; path < made.paths.size(); path++) {
		made.fail(path); // the other one must do
		exercise(e, made.device, {.depth = 1});
		made.reinstate(path);
	}
}

// A message that names a device that is no path, beside who looks at the devices of
// the table.
void message_other(env &e)
{
	auto made = make_multipath(e);
	auto other = make_linear(e, {random_range(e, 0, length)});
	auto &top = made.device.stack.top();
	auto look = [&](const std::stop_token &stop) {
		while (!stop.stop_requested())
			read_queue_text(top.kernel_name(), "io_poll");
	};
	std::jthread first(look), second(look);

	run_under_load(e, made.device, {}, [&](busy_reader &reader) {
		stopwatch watch;

		while (watch.elapsed() < patient(3s)) {
			try {
				top.message("fail_path " + other.path);
				throw mismatch{"errno of a message that names no path", "0",
					       errno_name(EINVAL)};
			} catch (const std::system_error &error) {
				check_equal("errno of a message that names no path",
					    errno_name(error.code().value()), errno_name(EINVAL));
			}
		}
		reader.await_reads(32, 10s);
	});
}

// What waits for a path was marked for polling, and ends by interrupt.
void no_path(env &e)
{
	auto made = make_multipath(e, "3 queue_if_no_path queue_mode bio");

	for (auto how : {access::async, access::sync}) {
		auto job = make_seeded_job(e, made.device,
					   {.how = how, .count = how == access::sync ? 1U : 8U}, 1);
		auto file = open_file(made.device.path, O_RDWR | O_DIRECT);

		made.fail(0);
		made.fail(1);
		proof_window window(made.device);
		child_process child("IO without a path", [&] {
			run_io(file.get(), job);
			check_results(job, poll_mode::irq);
			check_job(made.device, job, 1);
		});
		check_equal("end of IO without a path", child.ended_within(300ms), false);
		made.reinstate(0);
		child.finish(10s);
		prove_mode(e, window.elapsed(), poll_mode::irq, {.operations = job.ops.size()});
		made.reinstate(1);
	}
	exercise_all(e, made.device, {4096, 65536});
}

} // namespace

static std::vector<test_case> mpath_tests()
{
	return {
		{"mpath.bio", "reads and writes, and those of dm-linear on it", bio},
		{"mpath.fail-path", "paths fail and come back under polled reads", fail_path},
		{"mpath.path-errors", "the same, by errors from below", path_errors},
		{"mpath.few-tags", "64 reads and writes in flight, with 4 tags", few_tags},
		{"mpath.message-other", "messages that name a device that is no path",
		 message_other},
		{"mpath.no-path", "IO that waits for a path", no_path, false, long_limit},
	};
}

static const test_group group{mpath_tests};

} // namespace dmpoll
