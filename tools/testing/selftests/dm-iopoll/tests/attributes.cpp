// SPDX-License-Identifier: GPL-2.0
// queue/io_poll and queue/io_poll_delay, written to.
#include <cerrno>
#include <thread>

#include "crypt_table.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/kernel_version.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

void need_writable_io_poll(const env &e, access how = access::async)
{
	need_polling(e);
	if (running_kernel() >= io_poll_fixed)
		throw skip_test{"needs a kernel whose queue/io_poll can be changed (before 5.16)"};
	need_polling(e, how);
}

void check_refused(const test_device &device, const std::string &attribute,
		   const std::string &value)
{
	int err = try_set_queue(device.kernel_name, attribute, value);

	check_equal(fmt::format("writing {} to {} of {}", value, attribute, device.kernel_name),
		    err ? errno_name(err) : "accepted", std::string("EINVAL"));
}

// Polling of @device follows io_poll of @switched, which is itself or below it.
void turn_off_and_on(env &e, test_device &device, const std::string &switched)
{
	queue_setting io_poll(switched, "io_poll");

	check_io_poll(device.kernel_name, "1");
	io_poll.set("0");
	check_io_poll(device.kernel_name, "0");
	exercise_both(e, device, poll_mode::irq);
	io_poll.set("1");
	check_io_poll(device.kernel_name, "1");
	exercise_both(e, device, poll_mode::poll);
}

void off_and_on(env &e)
{
	need_writable_io_poll(e, access::sync);
	auto device = make_plain_linear(e);

	turn_off_and_on(e, device, device.kernel_name);
}

// Of two devices, one on the other, the lower one.
void lower_off(env &e)
{
	need_writable_io_poll(e, access::sync);
	auto device = stack_linear(e, make_plain_linear(e), 1024);

	turn_off_and_on(e, device, device.stack.devices()[0].kernel_name());
}

// No reload is needed for the device to follow its disk.
void leaf_off(env &e)
{
	need_writable_io_poll(e, access::sync);
	auto device = make_plain_linear(e);

	turn_off_and_on(e, device, e.disks[0].kernel_name);
}

void survives_reload(env &e)
{
	need_writable_io_poll(e, access::sync);
	auto device = make_plain_linear(e);
	queue_setting io_poll(device.kernel_name, "io_poll");

	check_io_poll(device.kernel_name, "1");
	io_poll.set("0");
	move_linear(e, device, random_range(e, 0, region_sectors));
	check_io_poll(device.kernel_name, "0");
	exercise_both(e, device, poll_mode::irq);
}

void refused(env &e)
{
	constexpr std::uint64_t length = 2048;

	need_polling(e);
	check_polls(make_plain_linear(e));
	check_refused(make_dm(e, {{0, length, "error", ""}}, {}), "io_poll", "1");
	if (has_dm_target("zero"))
		check_refused(make_dm(e, {{0, length, "zero", ""}}, {}), "io_poll", "1");
	if (has_dm_target("crypt")) {
		auto range = random_range(e, 0, length);
		auto crypt = make_dm(e, crypt_table(range), {{0, length, range.disk, range.start}});

		check_refused(crypt, "io_poll", "1");
		// its own target could poll, the device below it cannot
		check_refused(stack_linear(e, std::move(crypt), 64), "io_poll", "1");
	}
}

void poll_delay(env &e)
{
	need_polling(e);
	if (running_kernel() >= hybrid_polling_gone)
		throw skip_test{"needs a kernel with hybrid polling (before 6.4)"};
	auto device = make_plain_linear(e);

	check_polls(device);
	check_equal("queue/io_poll_delay", read_queue_text(device.kernel_name, "io_poll_delay"),
		    std::string("-1"));
	for (const auto *value : {"-1", "0", "5"})
		check_refused(device, "io_poll_delay", value);
	check_equal("queue/io_poll_delay", read_queue_text(device.kernel_name, "io_poll_delay"),
		    std::string("-1"));
	exercise(e, device, {.how = e.expect.sync_ignored ? access::async : access::sync});
}

// IO that is in flight when polling is turned off at @switched is still
// polled for.
void turn_off_in_flight(env &e, const test_device &device, const std::string &switched)
{
	queue_setting io_poll(switched, "io_poll");

	check_polls(device);
	idle_submitter submitter(e, device, {.count = 32, .depth = 32});
	proof_window polls(device);
	io_poll.set("0");
	submitter.poll(10s);
	prove_mode(e, polls.elapsed(), poll_mode::poll, {.operations = 32, .depth = 32});
	submitter.finish();
}

void off_in_flight(env &e)
{
	need_writable_io_poll(e);
	auto device = make_plain_linear(e);

	turn_off_in_flight(e, device, device.kernel_name);
}

void leaf_off_in_flight(env &e)
{
	need_writable_io_poll(e);
	auto device = make_plain_linear(e);

	turn_off_in_flight(e, device, e.disks[0].kernel_name);
}

void raw_off_in_flight(env &e)
{
	need_writable_io_poll(e);
	auto device = make_raw(e, 0);

	turn_off_in_flight(e, device, device.kernel_name);
}

// @rounds times off and on, at each of @names in turn.
void toggle(const std::vector<std::string> &names, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		queue_setting io_poll(names[round % names.size()], "io_poll");

		io_poll.set("0");
		std::this_thread::sleep_for(1ms);
	}
}

void toggle_under_load(env &e, access how)
{
	need_writable_io_poll(e, how);
	auto device = make_plain_linear(e);
	io_shape shape{.how = how, .count = how == access::sync ? 1U : 64U, .depth = 16};
	queue_setting restored(e.disks[0].kernel_name, "io_poll");

	check_polls(device);
	auto job = make_seeded_job(e, device, shape, 1);
	busy_reader reader(device, job, 1);
	reader.await_reads(8, 3s);
	toggle({device.kernel_name, e.disks[0].kernel_name}, 200);
	reader.await_reads(8, 5s);
	reader.finish(10s);
	e.notes += fmt::format("{} reads under 200 toggles, longest {} ms\n",
			       reader.now().reads.load(), reader.now().longest.load());
	exercise_both(e, device, poll_mode::poll);
}

} // namespace

static std::vector<test_case> attributes_tests()
{
	return {
		{"attributes.off-and-on", "io_poll of the device turned off and on", off_and_on},
		{"attributes.lower-off", "io_poll of a dm device below turned off and on",
		 lower_off},
		{"attributes.leaf-off", "io_poll of the disk below turned off and on", leaf_off},
		{"attributes.survives-reload", "io_poll that was turned off stays off",
		 survives_reload},
		{"attributes.refused", "io_poll cannot be turned on where nothing can poll",
		 refused},
		{"attributes.poll-delay", "io_poll_delay reads -1 and cannot be written",
		 poll_delay},
		without_net({"attributes.off-in-flight", "IO in flight when io_poll is turned off",
			     off_in_flight, false, long_limit}),
		without_net({"attributes.leaf-off-in-flight", "the same, turned off at the disk",
			     leaf_off_in_flight, false, long_limit}),
		without_net({"attributes.raw-off-in-flight", "the same of a bare disk",
			     raw_off_in_flight, false, long_limit}),
		{"attributes.toggle-sync", "io_poll toggled at both levels under sync reads",
		 call<toggle_under_load, access::sync>, false, long_limit},
		{"attributes.toggle-async", "the same under reads through an IOPOLL ring",
		 call<toggle_under_load, access::async>, false, long_limit},
	};
}

static const test_group group{attributes_tests};

} // namespace dmpoll
