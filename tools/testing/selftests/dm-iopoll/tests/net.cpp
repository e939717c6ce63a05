// SPDX-License-Identifier: GPL-2.0
// The kernel's safety net: polled IO through dm for which nobody polls is
// completed a tick later, and counted.
#include <functional>
#include <thread>

#include "device.hpp"
#include "exercise.hpp"
#include "leaf.hpp"
#include "lib/patience.hpp"
#include "lib/poll_net.hpp"
#include "lib/queue_stats.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto tick_limit = 5000ms; // a tick, what finds that it is due, and a busy host

void need_net(const env &e)
{
	need_polling(e);
	if (!has_poll_net())
		throw skip_test{"needs a kernel that completes polled IO for which nobody polls"};
}

std::uint64_t count_inflight(const test_device &device)
{
	std::uint64_t sum = 0;

	for (const auto *disk : device.leaves())
		sum += read_inflight(disk->kernel_name);
	return sum;
}

void await_nothing_in_flight(env &e, const test_device &device)
{
	stopwatch watch;

	while (count_inflight(device)) {
		check_at_most("milliseconds until the net completed all IO",
			      watch.elapsed().count(), patient(tick_limit).count());
		std::this_thread::sleep_for(5ms);
	}
	e.notes += fmt::format("completed by the net after {} ms\n", watch.elapsed().count());
}

// The net counts a pass when it is over, after the last completion.
void await_count(std::uint64_t before)
{
	stopwatch watch;

	while (read_all_rescued() == before) {
		check_at_most("milliseconds until the net counted a pass that found completions",
			      watch.elapsed().count(), patient(tick_limit).count());
		std::this_thread::sleep_for(1ms);
	}
}

// More than once: the net is there again for what comes after it had nothing to do.
void rescue(env &e, const test_device &device)
{
	for (auto gap : {0ms, 30ms, 300ms}) {
		auto before = read_all_rescued();
		idle_submitter submitter(e, device, {.count = 16, .depth = 16});

		submitter.stop();
		await_nothing_in_flight(e, device);
		await_count(before);
		submitter.go_on();
		submitter.poll(10s);
		submitter.finish();
		std::this_thread::sleep_for(gap);
	}
}

void linear(env &e)
{
	need_net(e);
	rescue(e, make_plain_linear(e));
}

void stripe(env &e)
{
	need_net(e);
	rescue(e, make_stripe(e, {.chunk = 8}));
}

void stacked(env &e)
{
	need_net(e);
	rescue(e, stack_linear(e, make_concat(e), 1024));
}

void many_disks(env &e)
{
	need_net(e);
	auto leaf = load_leaf(e, {.devices = 16, .poll_queues = 4, .timeout_ms = 15000});

	rescue(e, make_interleaved(e, leaf));
}

// Switched off, it does nothing: what it would have hidden shows.
void off(env &e)
{
	need_net(e);
	auto device = make_plain_linear(e);
	poll_net_tick never(0ms);
	idle_submitter submitter(e, device, {.count = 16, .depth = 16});

	submitter.stop();
	std::this_thread::sleep_for(500ms);
	check_at_least<std::uint64_t>("requests in flight, without the net", count_inflight(device),
				      16);
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
	check_equal("passes of the net that found completions", read_all_rescued(),
		    std::uint64_t{0});
}

// IO of a submitter that polls, however late it looks, is not the net's.
void not_needed(env &e)
{
	need_net(e);
	auto device = make_plain_linear(e);

	for (unsigned round = 0; round < 4; round++)
		for (unsigned depth : {1U, 32U, 128U})
			exercise(e, device, {.count = 256, .depth = depth});
	check_equal("passes of the net that found completions", read_all_rescued(),
		    std::uint64_t{0});
}

test_case make_case(const std::string &name, const std::string &what, void (*run)(env &))
{
	return {.name = "net." + name,
		.what = what,
		.run = run,
		.limit = long_limit,
		.net = net_role::needed};
}

} // namespace

static std::vector<test_case> net_tests()
{
	return {
		make_case("linear", "IO of a stopped process to dm-linear is completed", linear),
		make_case("stripe", "the same to a stripe", stripe),
		make_case("stacked", "the same to a device on two disks, on another", stacked),
		make_case("many-disks", "the same to 16 disks of 4 polled hw queues", many_disks),
		make_case("off", "the net can be switched off", off),
		make_case("not-needed", "the net counts nothing of who polls", not_needed),
	};
}

static const test_group group{net_tests};

} // namespace dmpoll
