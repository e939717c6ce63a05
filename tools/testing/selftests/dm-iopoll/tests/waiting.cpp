// SPDX-License-Identifier: GPL-2.0
// Nobody who waits for IO in flight waits for the application to poll: each of
// them is called while a stopped process has polled IO in flight.
#include "waiting.hpp"

#include <functional>

#include <fcntl.h>
#include <fmt/format.h>

#include "cgroup.hpp"
#include "controller.hpp"
#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/command.hpp"
#include "lib/error.hpp"
#include "lib/mount.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

void run_within_bound(env &e, const std::string &what, const std::function<void()> &action)
{
	stopwatch watch;
	child_process process(what, action);

	process.finish(long_wait);
	check_time(e, what, watch, wait_bound);
}

namespace
{

using namespace std::chrono_literals;

struct waiter {
	std::string name, what;
	// In a process of its own.
	std::function<void(env &, test_device &)> act;
};

void set_disk(const test_device &device, const std::string &attribute, const std::string &value)
{
	queue_setting(device.leaves()[0]->kernel_name, attribute).set(value);
}

void create_beside(env &e, test_device &device)
{
	const auto *disk = device.leaves()[0];

	dm_device::create(e.prefix + "beside", {{0, 8, "linear", disk->path + " 0"}});
}

void make_stats(env &, test_device &device)
{
	device.stack.top().message("@stats_create - /1");
	device.stack.top().message("@stats_delete 0");
}

void reload_mirrored(env &, test_device &device)
{
	auto table = device.stack.top().table();

	device.stack.top().reload({{0, device.sectors(), "zero", ""}});
	device.stack.top().reload(table);
}

void flush(env &, test_device &device)
{
	auto file = open_file(device.path, O_RDWR);

	check_errno(::fsync(file.get()), "fsync " + device.path);
}

void enable_iocost(env &, test_device &device)
{
	make_mounts_private();
	mounted_filesystem root("cgroup2", "none");
	auto number =
		trim(read_text("/sys/class/block/" + device.leaves()[0]->kernel_name + "/dev"));

	write_text(root.path() + "/io.cost.qos", number + " enable=1");
	write_text(root.path() + "/io.cost.qos", number + " enable=0");
}

const std::vector<waiter> &waiters()
{
	static const std::vector<waiter> all = {
		{"scheduler", "a change of the disk's scheduler",
		 [](env &, test_device &device) { set_disk(device, "scheduler", "mq-deadline"); }},
		{"nr-requests", "a change of the disk's nr_requests",
		 [](env &, test_device &device) { set_disk(device, "nr_requests", "33"); }},
		{"wbt", "a change of the disk's wbt_lat_usec",
		 [](env &, test_device &device) { set_disk(device, "wbt_lat_usec", "100"); }},
		{"io-poll", "io_poll of the disk switched off and on",
		 [](env &, test_device &device) { set_disk(device, "io_poll", "0"); }},
		{"iocost", "the io.cost controller switched on and off", enable_iocost},
		{"reset", "a reset of the NVMe controller",
		 [](env &e, test_device &) { need_controller(e, 0).reset(); }},
		{"create", "another dm device made on the same disk", create_beside},
		{"stats", "dm statistics of the device", make_stats},
		{"reload", "other tables for the device", reload_mirrored},
		{"flush", "fsync of the device", flush},
	};

	return all;
}

// @device has IO in flight whose submitter is stopped; @act must not take long,
// and the IO must end well.
void act_beside_stopped(env &e, test_device device, const waiter &waiter)
{
	check_polls(device);
	idle_submitter submitter(e, device, {.count = 16, .depth = 16});

	submitter.stop();
	run_within_bound(e, waiter.what, [&] { waiter.act(e, device); });
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
}

test_case make_case(const waiter &waiter, bool stripe)
{
	return {.name = "waiting." + waiter.name + (stripe ? "-stripe" : ""),
		.what = waiter.what + " while a stopped process has IO in flight" +
			(stripe ? " to a stripe" : ""),
		.run =
			[&waiter, stripe](env &e) {
				need_polling(e);
				act_beside_stopped(
					e, stripe ? make_stripe(e) : make_plain_linear(e), waiter);
			},
		.limit = long_limit,
		.net = net_role::needed};
}

// The queue freezes, for ever as far as anyone can tell: the freeze waits for IO
// of the bare disk that is held.
void create_while_frozen(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1});
	auto disk = make_raw_leaf(leaf);

	leaf.hold(true);
	idle_submitter submitter(e, disk, {.count = 2, .depth = 2});
	child_process freezer("a change of nr_requests",
			      [&] { queue_setting(disk.kernel_name, "nr_requests").set("32"); });
	check_equal("end of a freeze while IO is held", freezer.ended_within(200ms), false);
	child_process creator("dmsetup create", [&] {
		auto device = make_linear(e, {{&leaf.disk(0), 8, 8}});
	});
	bool ended = creator.ended_within(wait_bound);

	leaf.hold(false);
	submitter.poll(10s);
	submitter.finish();
	freezer.finish(2s);
	creator.finish(2s);
	check_equal("a dm device was made while the queue below was frozen", ended, true);
}

// Changes of a leaf that wait for its IO.
void leaf_change(env &e, const std::string &command)
{
	auto leaf = load_leaf(e, {.devices = 1, .poll_queues = 2});
	{
		auto device = make_linear(e, {{&leaf.disk(0), 8, 16 << 11}});
		idle_submitter submitter(e, device, {.count = 16, .depth = 16});

		submitter.stop();
		run_within_bound(e, command, [&] { leaf.command(0, command); });
		submitter.kill();
		check_equal("end of the killed submitter within 2 s", submitter.ended_within(2s),
			    true);
	}
}

void leaf_queues(env &e)
{
	leaf_change(e, "queues 1");
}

void leaf_remove(env &e)
{
	leaf_change(e, "remove");
}

// The group of @device's disk whose reads shall be fast, and are not.
void miss_target(const cgroup &group, const test_device &device, const std::atomic<bool> &end)
{
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	aligned_buffer memory(128 << 10);

	group.enter();
	while (!end)
		check_errno(::pread(file.get(), memory.all().data(), memory.all().size(), 0),
			    "read " + device.path);
}

// A polled bio sleeps in rq_qos_wait() until IO of its own submitter ends.
void io_latency(env &e)
{
	need_polling(e);
	auto device = make_plain_linear(e);
	const auto *disk = device.leaves()[0];
	shared_memory<std::atomic<bool>> end;

	queue_setting tags(disk->kernel_name, "nr_requests");

	tags.set("64"); // io.latency halves what others may have, again and again
	make_mounts_private();
	cgroup fast(e.prefix + "fast", "io"), other(e.prefix + "other", "io");
	if (!fast.has("io.latency"))
		throw skip_test{
			"needs io.latency: build the kernel with CONFIG_BLK_CGROUP_IOLATENCY"};
	auto number = trim(read_text("/sys/class/block/" + disk->kernel_name + "/dev"));
	auto job = make_seeded_job(e, device, {.block_size = 65536, .count = 256, .depth = 32}, 1);
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);

	fast.set("io.latency", number + " target=100");
	child_process victim("reads that shall be fast", [&] { miss_target(fast, device, *end); });
	child_process poller("a poller beside them", [&] {
		stopwatch watch;
		unsigned slow = 0;

		other.enter();
		for (bool again = true; again;) {
			stopwatch batch;

			for (auto &op : job.ops)
				op.result = {};
			run_async(file.get(), job, {.limit = 60s});
			check_results(job, poll_mode::poll);
			// one may be slow because the host stalls
			const bool is_slow = batch.elapsed() > patient(4s);
			slow += is_slow;
			check_at_most("batches of more than 4 s", slow, 1U);
			again = is_slow || watch.elapsed() < patient(3s);
		}
	});
	poller.finish(60s);
	*end = true;
	victim.finish(5s);
	fast.set("io.latency", number + " target=0");
}

} // namespace

static std::vector<test_case> waiting_tests()
{
	std::vector<test_case> all;

	for (const auto &waiter : waiters())
		all.push_back(make_case(waiter, false));
	for (const auto &waiter : waiters())
		if (waiter.name == "scheduler" || waiter.name == "stats")
			all.push_back(make_case(waiter, true));
	all.push_back({.name = "waiting.create-frozen",
		       .what = "a dm device made on a disk whose queue freezes, and cannot",
		       .run = create_while_frozen,
		       .limit = long_limit,
		       .net = net_role::needed});
	all.push_back({.name = "waiting.leaf-queues",
		       .what = "a change of nr_hw_queues while a stopped process has IO in flight",
		       .run = leaf_queues,
		       .limit = long_limit,
		       .net = net_role::needed});
	all.push_back({.name = "waiting.leaf-remove",
		       .what = "removal of the disk while a stopped process has IO in flight",
		       .run = leaf_remove,
		       .limit = long_limit,
		       .net = net_role::needed});
	all.push_back({.name = "waiting.io-latency",
		       .what = "io.latency makes a poller wait for its own IO",
		       .run = io_latency,
		       .limit = long_limit,
		       .net = net_role::needed});
	for (auto &test : waiting_file_tests())
		all.push_back(std::move(test));
	return all;
}

static const test_group group{waiting_tests};

} // namespace dmpoll
