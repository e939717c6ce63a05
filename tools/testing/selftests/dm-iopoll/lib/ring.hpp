// SPDX-License-Identifier: GPL-2.0
// An io_uring of our own and the operations on it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <liburing.h>

#include "buffer.hpp"

namespace dmpoll
{

enum class direction { read, write };

std::string to_string(direction dir);

// One read or write. The ring keeps its address from prepare() until the
// result is there, so it must stay where it is.
struct io_op {
	direction dir = direction::read;
	std::uint64_t offset = 0; // bytes
	std::span<std::byte> buffer;
	std::optional<int> result = {}; // bytes, or -errno
	bool linked = false;            // if it fails, the next one is cancelled (IOSQE_IO_LINK)
	bool quiet = false;             // it has a result only if it fails (IOSQE_CQE_SKIP_SUCCESS)
	bool nowait = false;            // it is refused where it would have to wait (RWF_NOWAIT)
};

// "read of 4096 bytes at byte 8192"
std::string to_string(const io_op &op);

// "4096 bytes", "-EIO" or "none"
std::string result_text(std::optional<int> result);

struct ring_options {
	unsigned entries = 128;
	bool iopoll = true;
	bool sq_thread = false; // a kernel thread submits, and in an IOPOLL ring polls
	bool hybrid = false;    // polling begins with a sleep (IORING_SETUP_HYBRID_IOPOLL)
	bool worker = false;    // each operation goes through a worker (IOSQE_ASYNC)
	// by an iovec, of which nothing is left after the submission; not with sq_thread
	bool vectored = false;
	// Reads go to one of @entries buffers of this size that the kernel chooses
	// (IOSQE_BUFFER_SELECT), and from there to the operation's; 0: none.
	unsigned provided = 0;
};

class ring
{
public:
	explicit ring(const ring_options &options = {});
	ring(const ring &) = delete;
	ring &operator=(const ring &) = delete;
	~ring();

	// Whether the kernel has a feature: IORING_FEAT_...
	bool has(unsigned feature) const { return ring_.features & feature; }

	// The file all operations are on, as a plain descriptor or as registered.
	void use_file(int fd) { fd_ = fd; }
	void register_file(int fd);
	// All operations' buffers must lie within @memory from now on.
	void register_buffer(std::span<std::byte> memory);

	void prepare(io_op &op);

	// Hands everything prepared to the kernel and looks for no completion:
	// an IOPOLL ring polls only in poll().
	void submit();

	// Completions that can be seen without entering the kernel.
	unsigned visible() const { return io_uring_cq_ready(&ring_); }

	// Enters the kernel to find completions: in an IOPOLL ring, polls. With
	// @wanted 0 just once; else until so many are there, or the scheduler or a
	// signal wants something. Never sleeps in an IOPOLL ring without a kernel
	// thread.
	void poll(unsigned wanted);

	// Stores the results of what is visible into their operations; returns
	// these.
	std::vector<io_op *> reap();

private:
	// A submission that gives @count buffers, from the one of @id on, to the kernel.
	void provide(unsigned id, unsigned count);
	// Takes what the kernel put into a buffer of its choice.
	void take_provided(io_op &op, const struct io_uring_cqe &cqe);

	struct io_uring ring_ = {};
	int fd_ = -1;
	bool registered_file_ = false;
	bool registered_buffer_ = false;
	bool worker_ = false;
	bool vectored_ = false;
	unsigned provided_ = 0;
	aligned_buffer pool_;              // what was provided
	std::deque<struct iovec> vectors_; // of what is prepared
};

} // namespace dmpoll
