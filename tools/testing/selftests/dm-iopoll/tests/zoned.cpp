// SPDX-License-Identifier: GPL-2.0
// Zoned disks (host-managed): a zone is written from its start on, in order. A
// write that is sent late finds its zone written further, or not as far, and fails.
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/blkzoned.h>
#include <sys/ioctl.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/pattern.hpp"
#include "lib/queue_setting.hpp"
#include "lib/verdict.hpp"
#include "proof.hpp"
#include "submitter.hpp"
#include "trouble.hpp"
#include "zoned.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto work_time = 500ms;
constexpr unsigned zones = 8;                // of a device
constexpr unsigned whole = 64U << 10;        // bytes; blocks of this size fill a zone
constexpr unsigned across_seams = 48U << 10; // every third zone or so ends within a block

// A zone of either disk by turns.
test_device make_seams(env &e)
{
	auto zone = need_zoned(e);
	std::vector<disk_range> all;

	e.need_disks(2);
	for (unsigned at = 0; at < zones; at++)
		all.push_back({&e.disks[at % 2], (1 + at / 2) * zone, zone});
	return make_linear(e, all);
}

// All of the device, from its beginning on.
io_job make_sequential_job(const test_device &device, const io_shape &shape)
{
	std::vector<std::uint64_t> offsets;

	for (std::uint64_t at = 0; at + shape.block_size <= device.sectors() * sector_size;
	     at += shape.block_size)
		offsets.push_back(at);
	return make_job(shape, offsets);
}

// Writes that wait for their zone are at the scheduler meanwhile.
std::vector<std::unique_ptr<queue_setting>> use_zone_scheduler(const test_device &device)
{
	std::vector<std::unique_ptr<queue_setting>> all;

	for (const auto *disk : device.leaves()) {
		all.push_back(std::make_unique<queue_setting>(disk->kernel_name, "scheduler"));
		all.back()->set("mq-deadline");
	}
	return all;
}

void write_once(const test_device &device, io_job &job, std::uint64_t data_seed)
{
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	reset_zones(device);
	seed_job(device, job, data_seed);
	for (auto &op : job.ops)
		op.result = {};
	run_io(file.get(), job, {.limit = 20s});
	check_results(job, poll_mode::poll);
	check_job(device, job, data_seed);
}

void write_zones(env &e, const test_device &device, const io_shape &shape, trouble &trouble)
{
	auto settings = use_zone_scheduler(device);
	auto job = make_sequential_job(device, shape);

	describe_place(e, device, shape);
	run_bodies({[&, data_seed = e.random()]() mutable {
			   stopwatch watch;

			   do
				   write_once(device, job, data_seed++);
			   while (watch.elapsed() < patient(work_time));
		   }},
		   trouble);
}

struct plan {
	test_device (*make)(env &) = make_seams;
	io_shape shape = {};
	const trouble_kind *trouble = nullptr;
};

void run_plan(env &e, const plan &plan)
{
	need_zoned(e);
	need_polling(e, plan.shape.how);
	auto device = plan.make(e);
	auto trouble = plan.trouble ? plan.trouble->make(e, device) : dmpoll::trouble{};

	write_zones(e, device, plan.shape, trouble);
}

test_case make_case(const std::string &name, const std::string &what, const plan &plan)
{
	return {.name = "zoned." + name,
		.what = what,
		.run = [=](env &e) { run_plan(e, plan); },
		.limit = long_limit,
		.net = plan.trouble && plan.trouble->rescues ? net_role::needed : net_role::idle};
}

void read_zones(env &e, const test_device &device, access how)
{
	io_shape shape{.dir = direction::write, .block_size = whole, .depth = 1};
	auto writes = make_sequential_job(device, shape);
	auto reads = make_job(e, device, {.how = how, .count = 32});
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	auto data_seed = e.random();

	write_once(device, writes, data_seed);
	describe_place(e, device, reads.shape);
	proof_window window(device);
	run_io(file.get(), reads);
	auto totals = window.elapsed();

	check_results(reads, poll_mode::poll);
	prove_mode(e, totals, poll_mode::poll,
		   {.operations = reads.ops.size(), .depth = how == access::sync ? 1 : 8U});
	check_job(device, reads, data_seed);
}

void read(env &e)
{
	need_zoned(e);
	for (auto make : {make_zoned_linear, make_seams})
		for (auto how : {access::async, access::sync}) {
			need_polling(e, how);
			read_zones(e, make(e), how);
		}
}

} // namespace

std::uint64_t need_zoned(const env &e)
{
	if (!e.disks.empty()) {
		const auto &name = e.disks[0].kernel_name;

		if (read_queue_text(name, "zoned") == "host-managed")
			return std::stoull(read_queue_text(name, "chunk_sectors"));
	}
	throw skip_test{"a zoned disk is needed: lab run --zone-size=1M"};
}

test_device make_zoned_linear(env &e)
{
	return make_linear(e, {{&e.disks[0], 0, zones * need_zoned(e)}});
}

void reset_zones(const test_device &device)
{
	for (const auto &each : device.extents) {
		auto disk = open_file(each.disk->path, O_RDWR);
		struct blk_zone_range range = {each.disk_start, each.length};

		check_errno(::ioctl(disk.get(), BLKRESETZONE, &range),
			    "reset zones of " + each.disk->path);
	}
}

static std::vector<test_case> zoned_tests()
{
	io_shape single{.dir = direction::write, .block_size = whole, .depth = 1};
	io_shape across{.dir = direction::write, .block_size = across_seams, .depth = 1};
	auto sync = single, deep = across, by_thread = across;
	std::vector<test_case> all = {{"zoned.read", "reads of zoned disks are polled", read}};

	sync.how = access::sync;
	deep.depth = by_thread.depth = 16;
	by_thread.sq_thread = true;
	all.push_back(
		make_case("write", "polled writes, one at a time", {make_zoned_linear, single}));
	all.push_back(
		make_case("write-sync", "pwritev2 with RWF_HIPRI", {make_zoned_linear, sync}));
	all.push_back(make_case("write-suspend",
				"polled writes, some over the seam of two zones, " +
					suspend_trouble().what,
				{make_seams, across, &suspend_trouble()}));
	for (const auto *trouble : {&few_tags_trouble(), &freeze_trouble()}) {
		all.push_back(make_case("write-" + trouble->name,
					"polled writes, some over the seam of two zones, " +
						trouble->what,
					{make_seams, across, trouble}));
		all.push_back(make_case("deep-" + trouble->name,
					"16 such writes in flight, " + trouble->what,
					{make_seams, deep, trouble}));
		all.push_back(
			make_case("thread-" + trouble->name,
				  "16 in flight that a kernel thread submits, " + trouble->what,
				  {make_seams, by_thread, trouble}));
	}
	return all;
}

static const test_group group{zoned_tests};

} // namespace dmpoll
