// SPDX-License-Identifier: GPL-2.0
// Polled IO of a given shape to a device: the data is checked through the
// disks below, and the mode is proved.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "device.hpp"
#include "lib/buffer.hpp"
#include "lib/ring.hpp"
#include "proof.hpp"

namespace dmpoll
{

struct io_shape {
	direction dir = direction::read;
	access how = access::async;
	unsigned block_size = 4096; // bytes
	unsigned count = 64;        // operations; fewer when the device is too small
	unsigned depth = 8;         // of async IO
	bool fixed_buffers = false;
	bool registered_file = false;
	bool sq_thread = false; // IORING_SETUP_SQPOLL: the kernel submits and polls
	bool dsync = false;     // sync writes with RWF_DSYNC
	bool polled = true;     // false: a ring without IOPOLL
	bool worker = false;    // each operation goes through a worker of the ring
	bool vectored = false;  // by an iovec, of which nothing is left after the submission
	bool provided = false;  // reads go to buffers that the kernel chooses
	// One operation lies across this sector, as evenly as logical blocks allow.
	std::optional<std::uint64_t> across = {};
};

std::string to_string(const io_shape &shape);

// Operations, and the memory they use. Never two next to each other or one
// over the other: nothing merges them, and what each wrote can be told.
struct io_job {
	io_shape shape;
	aligned_buffer memory;
	std::vector<io_op> ops;
};

// One operation at each of @offsets (bytes), or at random places of the device.
io_job make_job(const io_shape &shape, const std::vector<std::uint64_t> &offsets);
io_job make_job(env &, const test_device &, const io_shape &);

// Writes the data to be read to the disks, unpolled; or fills the buffers.
void seed_job(const test_device &, io_job &, std::uint64_t data_seed);

// The data: in the buffers, or on the disks, read unpolled.
void check_job(const test_device &, io_job &, std::uint64_t data_seed);

// What the disks hold, into the buffers: unpolled.
void read_below(const test_device &, io_job &);

// Submits and polls until all operations are done. With @before_polling, calls
// it once, after the first batch was submitted.
struct async_options {
	std::chrono::seconds limit{15};
	std::function<void(ring &, std::uint64_t submitted)> before_polling = {};
};

void run_async(int file, io_job &job, const async_options &options);

// One operation after the other, with RWF_HIPRI; @flags are more of RWF_*.
void run_sync(int file, io_job &job, int flags = 0);

// One of the two, as the job's shape says.
void run_io(int file, io_job &job, const async_options &options = {});

// For reports: what is about to be done.
void describe_place(env &, const test_device &, const io_shape &);

// make_job(), describe_place() and seed_job().
io_job make_seeded_job(env &, const test_device &, const io_shape &, std::uint64_t data_seed);

void check_results(const io_job &, poll_mode);

// check_mode(), with a note of what was seen.
void prove_mode(env &, const leaf_totals &, poll_mode, const proof_bounds &);

// All of the above, in order, and the proof of the mode.
void exercise(env &, const test_device &, const io_shape &);

// The same without the proof: polled IO whose results and data are right.
void transfer(env &, const test_device &, const io_shape &);

// exercise() of reads and writes, async and sync; @shape says the rest.
void exercise_all_ways(env &, const test_device &, io_shape shape);
// The same of each of @sizes bytes.
void exercise_all(env &, const test_device &, const std::vector<unsigned> &sizes,
		  unsigned count = 32);

// Reads, async and sync, from now on expected to complete in @mode.
void exercise_both(env &, test_device &, poll_mode mode);

} // namespace dmpoll
