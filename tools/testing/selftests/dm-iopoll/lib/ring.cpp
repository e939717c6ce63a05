// SPDX-License-Identifier: GPL-2.0
#include "ring.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/resource.h>

#include "error.hpp"

namespace dmpoll
{

namespace
{

constexpr unsigned hybrid_iopoll = 1U << 17; // IORING_SETUP_HYBRID_IOPOLL, of 6.13

// Before 5.12 rings and fixed buffers count against RLIMIT_MEMLOCK. Not everybody
// may raise it; whether what there is suffices shows when the ring is made.
void raise_memlock()
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	::setrlimit(RLIMIT_MEMLOCK, &all);
}

} // namespace

std::string to_string(direction dir)
{
	return dir == direction::read ? "read" : "write";
}

std::string to_string(const io_op &op)
{
	return fmt::format("{} of {} bytes at byte {}", to_string(op.dir), op.buffer.size(),
			   op.offset);
}

std::string result_text(std::optional<int> result)
{
	if (!result)
		return "none";
	return *result < 0 ? "-" + errno_name(-*result) : fmt::format("{} bytes", *result);
}

ring::ring(const ring_options &options)
    : worker_(options.worker),
      vectored_(options.vectored),
      provided_(options.provided),
      pool_(std::size_t{options.entries} * options.provided)
{
	// a buffer is given back where an operation is submitted
	unsigned entries = options.entries * (provided_ ? 2 : 1);
	unsigned flags = (options.iopoll ? IORING_SETUP_IOPOLL : 0) |
			 (options.sq_thread ? IORING_SETUP_SQPOLL : 0) |
			 (options.hybrid ? hybrid_iopoll : 0);

	raise_memlock();
	check_negative(io_uring_queue_init(entries, &ring_, flags),
		       fmt::format("make an io_uring of {} entries", entries));
	if (provided_)
		provide(0, options.entries);
}

ring::~ring()
{
	// Waits; queue_exit alone leaves the file open for a while, and then the
	// device under it could not be removed.
	if (registered_file_)
		io_uring_unregister_files(&ring_);
	io_uring_queue_exit(&ring_);
}

void ring::register_file(int fd)
{
	check_negative(io_uring_register_files(&ring_, &fd, 1), "register a file");
	fd_ = 0; // its index
	registered_file_ = true;
}

void ring::register_buffer(std::span<std::byte> memory)
{
	struct iovec vector = {memory.data(), memory.size()};

	check_negative(io_uring_register_buffers(&ring_, &vector, 1),
		       fmt::format("register a buffer of {} bytes", memory.size()));
	registered_buffer_ = true;
}

void ring::prepare(io_op &op)
{
	auto *sqe = io_uring_get_sqe(&ring_);
	bool read = op.dir == direction::read;
	auto code = registered_buffer_ ? (read ? IORING_OP_READ_FIXED : IORING_OP_WRITE_FIXED)
				       : (read ? IORING_OP_READ : IORING_OP_WRITE);

	if (!sqe)
		throw_errno(EBUSY, "no free sqe for " + to_string(op));
	if (vectored_) {
		vectors_.push_back({op.buffer.data(), op.buffer.size()});
		io_uring_prep_rw(read ? IORING_OP_READV : IORING_OP_WRITEV, sqe, fd_,
				 &vectors_.back(), 1, op.offset);
	} else {
		io_uring_prep_rw(code, sqe, fd_, op.buffer.data(),
				 static_cast<unsigned>(op.buffer.size()), op.offset);
	}
	sqe->buf_index = 0;
	sqe->rw_flags = op.nowait ? RWF_NOWAIT : 0;
	if (provided_ && read)
		sqe->addr = 0; // and group 0
	io_uring_sqe_set_data(sqe, &op);
	io_uring_sqe_set_flags(sqe, (registered_file_ ? IOSQE_FIXED_FILE : 0U) |
					    (worker_ ? IOSQE_ASYNC : 0U) |
					    (op.linked ? IOSQE_IO_LINK : 0U) |
					    (op.quiet ? IOSQE_CQE_SKIP_SUCCESS : 0U) |
					    (provided_ && read ? IOSQE_BUFFER_SELECT : 0U));
}

void ring::provide(unsigned id, unsigned count)
{
	auto *sqe = io_uring_get_sqe(&ring_);

	if (!sqe)
		throw_errno(EBUSY, "no free sqe for a buffer");
	io_uring_prep_provide_buffers(
		sqe, pool_.slice(std::size_t{id} * provided_, provided_).data(),
		static_cast<int>(provided_), static_cast<int>(count), 0, static_cast<int>(id));
	io_uring_sqe_set_data(sqe, nullptr);
}

void ring::take_provided(io_op &op, const struct io_uring_cqe &cqe)
{
	auto id = cqe.flags >> IORING_CQE_BUFFER_SHIFT;

	if (!(cqe.flags & IORING_CQE_F_BUFFER)) {
		if (cqe.res > 0)
			throw_errno(EPROTO, "no buffer came with the " + to_string(op));
		return;
	}
	if (cqe.res > 0)
		std::ranges::copy(
			pool_.slice(std::size_t{id} * provided_, static_cast<std::size_t>(cqe.res)),
			op.buffer.begin());
	provide(id, 1);
}

void ring::submit()
{
	unsigned ready = io_uring_sq_ready(&ring_);
	unsigned flags = ring_.flags;

	// liburing asks for completions too when the ring is an IOPOLL one, and
	// then the kernel polls. It must not: tests look at what is in flight.
	ring_.flags &= ~IORING_SETUP_IOPOLL;
	int submitted = io_uring_submit(&ring_);
	ring_.flags = flags;
	for (auto &vector : vectors_)
		vector = {};
	vectors_.clear();

	check_negative(submitted, fmt::format("submit {} operations", ready));
	// A thread of the kernel may have taken some before liburing counts what
	// there is to take, and takes the others later.
	if (ring_.flags & IORING_SETUP_SQPOLL)
		return;
	if (static_cast<unsigned>(submitted) != ready)
		throw_errno(EIO, fmt::format("submit: the kernel took {} of {} operations",
					     submitted, ready));
}

void ring::poll(unsigned wanted)
{
	int ret = io_uring_enter(static_cast<unsigned>(ring_.ring_fd), 0, wanted,
				 IORING_ENTER_GETEVENTS, nullptr);

	if (ret != -EINTR && ret != -EAGAIN)
		check_negative(ret, "poll an io_uring");
}

std::vector<io_op *> ring::reap()
{
	std::vector<io_op *> done;
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;

	io_uring_for_each_cqe(&ring_, head, cqe)
	{
		auto *op = static_cast<io_op *>(io_uring_cqe_get_data(cqe));

		seen++;
		if (!op) {
			check_negative(cqe->res, "give buffers to the kernel");
			continue;
		}
		if (op->result)
			throw_errno(EPROTO, "completed twice: " + to_string(*op));
		op->result = cqe->res;
		if (provided_ && op->dir == direction::read)
			take_provided(*op, *cqe);
		done.push_back(op);
	}
	io_uring_cq_advance(&ring_, seen);
	return done;
}

} // namespace dmpoll
