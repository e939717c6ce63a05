// SPDX-License-Identifier: GPL-2.0
#include "exercise.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/uio.h>

#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/pattern.hpp"
#include "lib/poll_net.hpp"
#include "lib/stage.hpp"
#include "lib/verdict.hpp"
#include "proof.hpp"

namespace dmpoll
{

namespace
{

using clock = std::chrono::steady_clock;

std::uint64_t across_offset(const test_device &device, const io_shape &shape)
{
	auto border = *shape.across * sector_size;
	auto half = shape.block_size / 2 / device.logical_block_size();

	return border - std::max(half, 1U) * device.logical_block_size();
}

// Every other block of the device, in random order.
std::vector<std::uint64_t> random_offsets(env &e, const test_device &device, unsigned block_size)
{
	std::vector<std::uint64_t> offsets;
	auto size = device.sectors() * sector_size;

	for (std::uint64_t at = 0; at + block_size <= size; at += 2ULL * block_size)
		offsets.push_back(at);
	std::shuffle(offsets.begin(), offsets.end(), e.random);
	return offsets;
}

std::vector<std::uint64_t> choose_offsets(env &e, const test_device &device, const io_shape &shape)
{
	auto offsets = random_offsets(e, device, shape.block_size);

	if (shape.across) {
		auto special = across_offset(device, shape);
		auto reach = 2ULL * shape.block_size; // nothing touches it

		std::erase_if(offsets, [&](auto at) {
			return at + reach > special && at < special + reach;
		});
		offsets.insert(offsets.begin(), special);
	}
	offsets.resize(std::min<std::size_t>(offsets.size(), shape.count));
	return offsets;
}

// Plain IO between @buffer and the disks, where the device's mapping puts it.
class leaf_files
{
public:
	explicit leaf_files(const test_device &device) : device_(device)
	{
		if (device.opaque)
			files_.push_back({nullptr, open_file(device.path, O_RDWR | O_DIRECT)});
		for (const auto *disk : device.leaves())
			files_.push_back({disk, open_file(disk->path, O_RDWR | O_DIRECT)});
	}

	void transfer(direction dir, std::span<std::byte> buffer, std::uint64_t offset) const
	{
		if (device_.opaque)
			return transfer_piece(dir, buffer, {nullptr, offset / sector_size, 0});
		while (!buffer.empty()) {
			auto place = map_sector(device_, offset / sector_size);
			auto length =
				std::min<std::size_t>(buffer.size(), place.length * sector_size);

			transfer_piece(dir, buffer.first(length), place);
			buffer = buffer.subspan(length);
			offset += length;
		}
	}

private:
	struct leaf_file {
		const claimed_disk *disk;
		unique_fd fd;
	};

	int file_of(const claimed_disk *disk) const
	{
		return std::find_if(files_.begin(), files_.end(),
				    [&](const auto &file) { return file.disk == disk; })
			->fd.get();
	}

	void transfer_piece(direction dir, std::span<std::byte> piece,
			    const disk_range &place) const
	{
		auto at = static_cast<off_t>(place.start * sector_size);
		int file = file_of(place.disk);
		auto what = fmt::format("plain {} of {} at byte {}", to_string(dir),
					place.disk ? place.disk->path : device_.path, at);
		auto done = check_errno(dir == direction::read
						? ::pread(file, piece.data(), piece.size(), at)
						: ::pwrite(file, piece.data(), piece.size(), at),
					what);

		if (static_cast<std::size_t>(done) != piece.size())
			throw_errno(EIO,
				    fmt::format("{}: {} of {} bytes", what, done, piece.size()));
	}

	const test_device &device_;
	std::vector<leaf_file> files_;
};

std::string describe_result(int result)
{
	return result < 0 ? "-" + errno_name(-result) : fmt::format("{} bytes", result);
}

void check_result(const io_op &op, int wanted)
{
	if (!op.result)
		throw mismatch{"completion of the " + to_string(op), "none", "one"};
	check_equal("result of the " + to_string(op), describe_result(*op.result),
		    describe_result(wanted));
}

std::string progress(const io_job &job, std::size_t done)
{
	return fmt::format("polling; {} of {} operations are back", done, job.ops.size());
}

// Tops up to the wanted depth; returns how many were submitted.
std::size_t submit_some(ring &ring, io_job &job, std::size_t next, std::size_t done)
{
	auto free = job.shape.depth - (next - done);
	auto batch = std::min<std::size_t>(free, job.ops.size() - next);

	for (std::size_t at = next; at < next + batch; at++)
		ring.prepare(job.ops[at]);
	if (batch)
		ring.submit();
	return batch;
}

void set_up(ring &ring, int file, const io_job &job)
{
	ring.use_file(file);
	if (job.shape.registered_file)
		ring.register_file(file);
	if (job.shape.fixed_buffers)
		ring.register_buffer(job.memory.all());
}

void run_job(const test_device &device, io_job &job, poll_mode mode)
{
	// a slow machine may take longer than a usual tick to look at what it submitted
	poll_net_tick long_tick(patient(std::chrono::seconds(4)));
	auto file = open_file(device.path, O_RDWR | O_DIRECT);
	auto look = [&](ring &ring, std::uint64_t submitted) {
		if (job.shape.block_size <= 1 << 20 &&
		    !job.shape.sq_thread) // else earlier bios are not polled
			check_untouched(mode, device, ring, submitted);
	};

	if (job.shape.how == access::sync)
		run_sync(file.get(), job, job.shape.dsync ? RWF_DSYNC : 0);
	else
		run_async(file.get(), job, {.before_polling = look});
}

proof_bounds bounds_of(const io_job &job)
{
	return {.operations = job.ops.size(),
		.depth = job.shape.how == access::sync ? 1 : job.shape.depth,
		.may_interrupt = job.shape.block_size > 1 << 20 || job.shape.dsync};
}

} // namespace

std::string to_string(const io_shape &shape)
{
	auto depth = shape.how == access::sync ? 1 : shape.depth;

	return fmt::format("{} {}, block size {}, depth {}{}{}{}{}{}{}{}{}{}", to_string(shape.how),
			   to_string(shape.dir), shape.block_size, depth,
			   shape.fixed_buffers ? ", fixed buffers" : "",
			   shape.registered_file ? ", registered file" : "",
			   shape.sq_thread ? ", SQPOLL" : "", shape.dsync ? ", RWF_DSYNC" : "",
			   shape.polled ? "" : ", not polled", shape.worker ? ", by a worker" : "",
			   shape.vectored ? ", vectored" : "",
			   shape.provided ? ", provided buffers" : "",
			   shape.across ? fmt::format(", across sector {}", *shape.across) : "");
}

io_job make_job(const io_shape &shape, const std::vector<std::uint64_t> &offsets)
{
	io_job job{shape, aligned_buffer(offsets.size() * shape.block_size), {}};

	for (std::size_t at = 0; at < offsets.size(); at++)
		job.ops.push_back(
			{.dir = shape.dir,
			 .offset = offsets[at],
			 .buffer = job.memory.slice(at * shape.block_size, shape.block_size)});
	return job;
}

io_job make_job(env &e, const test_device &device, const io_shape &shape)
{
	return make_job(shape, choose_offsets(e, device, shape));
}

void seed_job(const test_device &device, io_job &job, std::uint64_t data_seed)
{
	leaf_files files(device);

	set_stage("writing test data to the disks below " + device.path);
	for (auto &op : job.ops) {
		fill_pattern(op.buffer, op.offset / sector_size, {data_seed});
		if (op.dir == direction::read) {
			files.transfer(direction::write, op.buffer, op.offset);
			std::fill(op.buffer.begin(), op.buffer.end(), std::byte{0});
		}
	}
}

void check_job(const test_device &device, io_job &job, std::uint64_t data_seed)
{
	leaf_files files(device);

	set_stage("reading the data back from the disks below " + device.path);
	for (auto &op : job.ops) {
		if (op.dir == direction::write)
			files.transfer(direction::read, op.buffer, op.offset);
		if (auto bad = check_pattern(op.buffer, op.offset / sector_size, {data_seed}))
			throw mismatch{"data of the " + to_string(op), bad->got, bad->wanted};
	}
}

void read_below(const test_device &device, io_job &job)
{
	leaf_files files(device);

	set_stage("reading all data from the disks below " + device.path);
	for (auto &op : job.ops)
		files.transfer(direction::read, op.buffer, op.offset);
}

void run_async(int file, io_job &job, const async_options &options)
{
	ring uring({.entries = job.shape.depth,
		    .iopoll = job.shape.polled,
		    .sq_thread = job.shape.sq_thread,
		    .worker = job.shape.worker,
		    .vectored = job.shape.vectored,
		    .provided = job.shape.provided ? job.shape.block_size : 0});
	auto limit = patient(options.limit);
	auto deadline = clock::now() + limit;
	std::size_t next = 0, done = 0;

	set_up(uring, file, job);
	next += submit_some(uring, job, next, done);
	if (options.before_polling)
		options.before_polling(uring, next);
	while (done < job.ops.size()) {
		set_stage(progress(job, done));
		uring.poll(1);
		done += uring.reap().size();
		if (clock::now() > deadline)
			throw mismatch{
				"completions",
				fmt::format("{} of {} within {} s", done, next, limit.count()),
				"all that were submitted"};
		next += submit_some(uring, job, next, done);
	}
}

void run_sync(int file, io_job &job, int flags)
{
	flags |= RWF_HIPRI;
	for (auto &op : job.ops) {
		set_stage("in a polled " + to_string(op));
		struct iovec vector = {op.buffer.data(), op.buffer.size()};
		auto at = static_cast<off_t>(op.offset);
		auto done = op.dir == direction::read ? ::preadv2(file, &vector, 1, at, flags)
						      : ::pwritev2(file, &vector, 1, at, flags);

		op.result = done < 0 ? -errno : static_cast<int>(done);
	}
}

void check_results(const io_job &job, poll_mode mode)
{
	for (const auto &op : job.ops)
		check_result(op, mode == poll_mode::eopnotsupp
					 ? -EOPNOTSUPP
					 : static_cast<int>(op.buffer.size()));
}

void run_io(int file, io_job &job, const async_options &options)
{
	if (job.shape.how == access::sync)
		run_sync(file, job);
	else
		run_async(file, job, options);
}

void describe_place(env &e, const test_device &device, const io_shape &shape)
{
	e.shape = to_string(shape);
	e.where = fmt::format("device: {} {}\ntable:  {}\nio:     {}", device.kernel_name,
			      device.path, device.table, e.shape);
	set_place(e.where);
}

void prove_mode(env &e, const leaf_totals &totals, poll_mode mode, const proof_bounds &bounds)
{
	e.notes += fmt::format("{}: {}\n", e.shape, to_string(totals));
	e.where += "\nseen:   " + to_string(totals);
	check_mode(mode, totals, bounds);
}

io_job make_seeded_job(env &e, const test_device &device, const io_shape &shape,
		       std::uint64_t data_seed)
{
	auto job = make_job(e, device, shape);

	describe_place(e, device, shape);
	seed_job(device, job, data_seed);
	return job;
}

void exercise(env &e, const test_device &device, const io_shape &shape)
{
	auto mode = expected_mode(e, device, shape.how);
	auto job = make_job(e, device, shape);
	auto data_seed = e.random();

	describe_place(e, device, shape);
	seed_job(device, job, data_seed);
	proof_window window(device);
	run_job(device, job, mode);
	auto totals = window.elapsed();

	check_results(job, mode);
	prove_mode(e, totals, mode, bounds_of(job));
	if (mode != poll_mode::eopnotsupp)
		check_job(device, job, data_seed);
}

void transfer(env &e, const test_device &device, const io_shape &shape)
{
	auto data_seed = e.random();
	auto job = make_seeded_job(e, device, shape, data_seed);
	auto file = open_file(device.path, O_RDWR | O_DIRECT);

	run_io(file.get(), job);
	check_results(job, poll_mode::poll);
	check_job(device, job, data_seed);
}

void exercise_all_ways(env &e, const test_device &device, io_shape shape)
{
	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync}) {
			shape.dir = dir;
			shape.how = how;
			exercise(e, device, shape);
		}
}

void exercise_all(env &e, const test_device &device, const std::vector<unsigned> &sizes,
		  unsigned count)
{
	for (auto size : sizes)
		exercise_all_ways(e, device, {.block_size = size, .count = count});
}

void exercise_both(env &e, test_device &device, poll_mode mode)
{
	device.mode = mode;
	for (auto how : {access::async, access::sync})
		exercise(e, device, {.how = how, .count = 32});
}

} // namespace dmpoll
