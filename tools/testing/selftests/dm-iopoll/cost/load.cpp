// SPDX-License-Identifier: GPL-2.0
#include "load.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "lib/error.hpp"

namespace dmpoll
{

load::load(const load_options &options) : options_(options), memory_(options.block_size)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	std::vector<int> numbers;

	check_errno(::setrlimit(RLIMIT_MEMLOCK, &all), "raise RLIMIT_MEMLOCK");
	for (const auto &path : options.paths) {
		files_.push_back(open_file(path, O_RDWR | O_DIRECT));
		numbers.push_back(files_.back().get());
		// direct reads where the cache has pages go to a worker thread
		check_errno(::ioctl(numbers.back(), BLKFLSBUF, 0), "drop the cache of " + path);
	}
	check_negative(io_uring_queue_init(options.iodepth, &ring_,
					   options.polled ? IORING_SETUP_IOPOLL : 0),
		       "make an io_uring");
	check_negative(io_uring_register_files(&ring_, numbers.data(),
					       static_cast<unsigned>(numbers.size())),
		       "register files");
}

load::~load()
{
	io_uring_unregister_files(&ring_);
	io_uring_queue_exit(&ring_);
}

void load::prepare(std::uint64_t number)
{
	const auto &to = options_.places[number % options_.places.size()];
	auto blocks = to.length / options_.block_size;
	auto at = to.offset + number * 7919 % blocks * options_.block_size;
	auto *sqe = io_uring_get_sqe(&ring_);

	if (!sqe)
		throw_errno(EBUSY, "no free sqe");
	io_uring_prep_rw(options_.write ? IORING_OP_WRITE : IORING_OP_READ, sqe,
			 static_cast<int>(to.file), memory_.all().data(), options_.block_size, at);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
}

unsigned load::reap()
{
	struct io_uring_cqe *cqe;
	unsigned head, done = 0;

	io_uring_for_each_cqe(&ring_, head, cqe)
	{
		if (cqe->res != static_cast<int>(options_.block_size))
			throw_errno(cqe->res < 0 ? -cqe->res : EIO,
				    fmt::format("an operation: result {}", cqe->res));
		done++;
	}
	io_uring_cq_advance(&ring_, done);
	return done;
}

void load::run(unsigned count)
{
	unsigned next = 0, done = 0;

	while (done < count) {
		for (; next < count && next - done < options_.iodepth; next++)
			prepare(next);
		int ret = io_uring_submit_and_wait(&ring_, 1);
		if (ret != -EINTR && ret != -EAGAIN)
			check_negative(ret, "submit and poll");
		done += reap();
	}
}

} // namespace dmpoll
