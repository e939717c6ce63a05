// SPDX-License-Identifier: GPL-2.0
// A bio is polled only if somebody keeps its cookie, and only with polled bios in
// its request: else whoever waits for it waits for nobody. The files are read and
// written with preadv2() and pwritev2(): btrfs, f2fs and ext2 of 5.10 have no
// ->iopoll, so a ring that polls gets EOPNOTSUPP of them.
#include <functional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "file.hpp"
#include "leaf.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "rescued.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

using device_maker = std::function<test_device(env &)>;

// Most of a disk: some file systems need more than a region.
test_device make_large_linear(env &e)
{
	constexpr std::uint64_t most = 512 << 11;

	e.need_disks(1);
	auto sectors = std::min(e.disks[0].size / 512 - 4096, most) / 2048 * 2048;

	return make_linear(e, {{&e.disks[0], 2048, sectors}});
}

test_device make_first_disk(env &e)
{
	return make_raw(e, 0);
}

const filesystem_type &btrfs_type()
{
	static const filesystem_type type{
		"btrfs", {"mkfs.btrfs", "-q", "-f", "-K"}, "btrfs-progs", "CONFIG_BTRFS_FS"};

	return type;
}

const filesystem_type &f2fs_type()
{
	static const filesystem_type type{
		"f2fs", {"mkfs.f2fs", "-q", "-f", "-t", "0"}, "f2fs-tools", "CONFIG_F2FS_FS"};

	return type;
}

// In a process of its own, which may hang.
void run_in_time(env &e, int file, io_job &job, std::uint64_t data_seed)
{
	child_process process(e.shape, [&] {
		run_sync(file, job);
		check_results(job, poll_mode::poll);
		check_file(file, job, data_seed);
	});
	stopwatch watch;

	process.finish(10s);
	check_time(e, e.shape, watch, 10s);
}

void transfer_file(env &e, const test_device &device, int file, const io_shape &shape)
{
	auto job = make_file_job({.size = 8 << 20, .shape = shape});
	auto data_seed = e.random();

	describe_place(e, device, shape);
	seed_file(file, job, data_seed);
	run_in_time(e, file, job, data_seed);
}

void on_filesystem(env &e, const filesystem_type &type, const device_maker &make)
{
	need_filesystem(type);
	auto device = make(e);
	auto where = make_filesystem(type, device);
	auto file = make_file(where, 8 << 20);

	for (auto dir : {direction::read, direction::write})
		for (unsigned size : {4096U, 1U << 20})
			transfer_file(e, device, file.get(),
				      {.dir = dir,
				       .how = access::sync,
				       .block_size = size,
				       .count = size > 4096 ? 2U : 8U});
}

// The blocks that say where the file is are read in between, from the disk.
void read_with_metadata(env &e, const test_device &device, const filesystem_type &type)
{
	constexpr std::uint64_t size = 16 << 20;
	io_shape shape{.how = access::sync, .block_size = 1 << 20, .count = 8};
	auto job = make_file_job({.size = size, .shape = shape});
	auto data_seed = e.random();

	describe_place(e, device, shape);
	{
		auto where = make_filesystem(type, device);
		auto file = make_file(where, size);

		seed_file(file.get(), job, data_seed);
	}
	write_text("/proc/sys/vm/drop_caches", "3");
	mounted_filesystem where(type.name, device.path);
	auto file = open_file(where.path() + "/file", O_RDWR | O_DIRECT);
	run_in_time(e, file.get(), job, data_seed);
}

filesystem_type ext2_of_block_size(unsigned size)
{
	auto type = ext2_type();

	type.mkfs.insert(type.mkfs.end(), {"-b", std::to_string(size)});
	return type;
}

void with_metadata(env &e, const device_maker &make)
{
	need_filesystem(ext2_type());
	for (unsigned size : {4096U, 1024U})
		read_with_metadata(e, make(e), ext2_of_block_size(size));
}

// Lets held IO go first of all when a test ends, however it ends.
class release_at_end
{
public:
	explicit release_at_end(const leaf_module &leaf) : leaf_(leaf) {}
	release_at_end(const release_at_end &) = delete;
	release_at_end &operator=(const release_at_end &) = delete;
	~release_at_end() { release_leaf(); }
	void now() { leaf_.hold(false); }

private:
	const leaf_module &leaf_;
};

// All of it, from an offset on, and from the start when it ends.
void read_plainly(const test_device &device, std::uint64_t first)
{
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	aligned_buffer memory(4096);
	auto size = device.sectors() * 512;

	for (std::uint64_t at = 0; at < size; at += 4096)
		check_errno(::pread(file.get(), memory.all().data(), 4096,
				    static_cast<off_t>((first + at) % size)),
			    "read " + device.path);
}

io_job make_seeded_job_at(const test_device &device, const std::vector<std::uint64_t> &offsets)
{
	auto count = static_cast<unsigned>(offsets.size());
	auto job = make_job({.count = count, .depth = count}, offsets);

	seed_job(device, job, 1);
	return job;
}

// A polled request waits in the disk's scheduler, since IO is held that has all
// tags: two requests, and a third one that has left the scheduler, so that the hw
// queue takes no more. The first of the plain reads is next to it. (Any other
// would have the scheduler send all that it has.) None of them must wait for who
// polls.
void beside_queued(const leaf_module &leaf, const test_device &device)
{
	constexpr std::uint64_t place = 65536;
	queue_setting scheduler(leaf.disk(0).kernel_name, "scheduler");

	scheduler.set("mq-deadline");
	auto held = make_seeded_job_at(device, {0, 8192, 16384});
	auto queued = make_seeded_job_at(device, {place});
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto check = [&](io_job &done) { check_job(device, done, 1); };
	leaf.hold(true);
	idle_submitter first(file.get(), held, check);
	std::this_thread::sleep_for(patient(100ms)); // the scheduler has sent them
	idle_submitter second(file.get(), queued, check);
	child_process reader("plain reads beside polled IO that is held",
			     [&] { read_plainly(device, place - 4096); });
	release_at_end release(leaf);
	bool ended = reader.ended_within(2s);

	release.now();
	for (auto *submitter : {&first, &second}) {
		submitter->poll(10s);
		submitter->finish();
	}
	reader.finish(5s);
	check_equal("plain reads ended beside polled IO that is held", ended, true);
}

void scheduler_linear(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1, .depth = 2});
	auto device = make_linear(e, {{&leaf.disk(0), 8, 256}});

	beside_queued(leaf, device);
}

void scheduler_raw(env &e)
{
	auto leaf = load_leaf(e, {.devices = 1, .depth = 2});
	auto device = make_raw_leaf(leaf);

	device.extents[0].length = 256;
	beside_queued(leaf, device);
}

test_case make_case(const std::string &name, const std::string &what,
		    std::function<void(env &)> run)
{
	return {.name = name, .what = what, .run = std::move(run), .limit = long_limit};
}

} // namespace

static std::vector<test_case> marks_tests()
{
	std::vector<test_case> all;

	for (const auto *type : {&btrfs_type(), &f2fs_type()}) {
		all.push_back(
			make_case("mark." + type->name, "polled IO to a file on " + type->name,
				  [=](env &e) { on_filesystem(e, *type, make_large_linear); }));
		all.push_back(make_case("mark." + type->name + "-raw", "the same on a bare disk",
					[=](env &e) { on_filesystem(e, *type, make_first_disk); }));
	}
	all.push_back(make_case("merge.metadata",
				"a polled read of ext2 that reads metadata on its way",
				[](env &e) { with_metadata(e, make_plain_linear); }));
	all.push_back(make_case("merge.metadata-raw", "the same on a bare disk",
				[](env &e) { with_metadata(e, make_first_disk); }));
	all.push_back(rescued(make_case("merge.scheduler",
					"plain reads next to polled requests in a scheduler",
					scheduler_linear)));
	all.push_back(rescued(
		make_case("merge.scheduler-raw", "the same of a bare disk", scheduler_raw)));
	return all;
}

static const test_group group{marks_tests};

} // namespace dmpoll
