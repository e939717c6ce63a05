// SPDX-License-Identifier: GPL-2.0
#include "random_submitter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/uio.h>

#include "lib/error.hpp"
#include "lib/pattern.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

constexpr unsigned most_depth = 32;
// Blocks of one operation. The largest is what one bio can hold.
constexpr std::array<std::uint64_t, 7> sizes = {1, 1, 1, 2, 4, 16, 64};
constexpr auto most_blocks_at_once = sizes.back();
constexpr unsigned ops_per_depth = 200; // then another depth is chosen
constexpr auto sectors_per_block = stress_block / sector_size;

} // namespace

class random_submitter::worker
{
public:
	worker(const test_device &device, const options &options, shared_state &shared)
	    : options_(options),
	      shared_(shared),
	      random_(options.seed),
	      file_(open_file(device.path, O_RDWR | O_DIRECT)),
	      memory_(std::size_t{most_depth} * most_blocks_at_once * stress_block),
	      slots_(most_depth),
	      busy_(options.blocks.count)
	{
	}

	void run() { options_.how == access::sync ? run_sync() : run_async(); }

private:
	struct slot {
		io_op op;
		block_range blocks = {}; // within our range; none: free
		std::uint64_t data = 0;  // of a write
		stopwatch watch = {};
	};

	std::uint64_t below(std::uint64_t end)
	{
		return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
	}

	bool is_free(const block_range &blocks) const
	{
		auto begin = busy_.begin() + static_cast<long>(blocks.first);

		return std::none_of(begin, begin + static_cast<long>(blocks.count),
				    [](bool busy) { return busy; });
	}

	void mark(const block_range &blocks, bool busy)
	{
		std::fill_n(busy_.begin() + static_cast<long>(blocks.first), blocks.count, busy);
	}

	std::uint64_t sector_of(std::uint64_t block) const
	{
		return (options_.blocks.first + block) * sectors_per_block;
	}

	// False when what was drawn lies on what is in flight.
	bool begin(std::size_t number)
	{
		auto &it = slots_[number];
		auto count = std::min(sizes[below(sizes.size())], options_.blocks.count);
		block_range blocks = {below(options_.blocks.count - count + 1), count};
		auto dir = below(2) ? direction::read : direction::write;

		if (!is_free(blocks))
			return false;
		mark(blocks, true);
		it = {.op = {.dir = dir,
			     .offset = sector_of(blocks.first) * sector_size,
			     .buffer = memory_.slice(number * most_blocks_at_once * stress_block,
						     count * stress_block)},
		      .blocks = blocks,
		      .data = random_()};
		if (dir == direction::write)
			fill_pattern(it.op.buffer, sector_of(blocks.first), {it.data});
		shared_.in_flight++;
		return true;
	}

	void check_read(const slot &it) const
	{
		for (std::uint64_t at = 0; at < it.blocks.count; at++) {
			auto block = it.blocks.first + at;
			auto bytes = it.op.buffer.subspan(at * stress_block, stress_block);

			if (auto bad =
				    check_pattern(bytes, sector_of(block), {shared_.data[block]}))
				throw mismatch{"data of the " + to_string(it.op), bad->got,
					       bad->wanted};
		}
	}

	// False when it is to be tried again.
	bool complete(slot &it)
	{
		auto size = static_cast<int>(it.op.buffer.size());

		if (it.op.result == -EAGAIN) {
			shared_.again++;
			it.op.result = {};
			return false;
		}
		check_equal("result of the " + to_string(it.op), it.op.result.value_or(0), size);
		if (it.op.dir == direction::read)
			check_read(it);
		else
			for (std::uint64_t at = 0; at < it.blocks.count; at++)
				shared_.data[it.blocks.first + at] = it.data;
		mark(it.blocks, false);
		it.blocks = {};
		shared_.longest =
			std::max(shared_.longest.load(), long{it.watch.elapsed().count()});
		shared_.in_flight--;
		shared_.done++;
		return true;
	}

	void begin_some(ring &uring, unsigned depth)
	{
		bool any = false;

		for (std::size_t number = 0; number < depth && shared_.in_flight < depth; number++)
			if (!slots_[number].blocks.count && begin(number)) {
				uring.prepare(slots_[number].op);
				any = true;
			}
		if (any)
			uring.submit();
	}

	void reap(ring &uring)
	{
		bool again = false;

		uring.poll(1);
		for (auto *op : uring.reap()) {
			auto it = std::find_if(slots_.begin(), slots_.end(),
					       [&](const auto &each) { return &each.op == op; });

			if (!complete(*it)) {
				uring.prepare(it->op);
				again = true;
			}
		}
		if (again)
			uring.submit();
	}

	void run_async()
	{
		ring uring({.entries = most_depth});

		uring.use_file(file_.get());
		while (!shared_.end) {
			auto depth = static_cast<unsigned>(1 + below(most_depth));
			auto until = shared_.done + ops_per_depth;

			while (shared_.done < until && !shared_.end) {
				begin_some(uring, depth);
				reap(uring);
			}
		}
		while (shared_.in_flight)
			reap(uring);
	}

	void run_one(io_op &op)
	{
		struct iovec vector = {op.buffer.data(), op.buffer.size()};
		auto at = static_cast<off_t>(op.offset);
		auto done = op.dir == direction::read
				    ? ::preadv2(file_.get(), &vector, 1, at, RWF_HIPRI)
				    : ::pwritev2(file_.get(), &vector, 1, at, RWF_HIPRI);

		op.result = done < 0 ? -errno : static_cast<int>(done);
	}

	void run_sync()
	{
		while (!shared_.end) {
			begin(0);
			do
				run_one(slots_[0].op);
			while (!complete(slots_[0]));
		}
	}

	const options &options_;
	shared_state &shared_;
	std::mt19937_64 random_;
	unique_fd file_;
	aligned_buffer memory_;
	std::vector<slot> slots_;
	std::vector<bool> busy_; // by block
};

random_submitter::random_submitter(const test_device &device, const options &wanted)
    : options_(wanted),
      process_("the " + to_string(wanted.how) + " submitter to " + device.path, [&] {
	      std::fill_n(shared_->data, options_.blocks.count, options_.first_data);
	      worker(device, options_, *shared_).run();
      })
{
}

void random_submitter::check_alive()
{
	using namespace std::chrono_literals;

	if (process_.ended_within(0ms))
		process_.finish(0ms);
}

void random_submitter::end(std::chrono::milliseconds limit)
{
	shared_->end = true;
	process_.finish(limit);
}

std::string random_submitter::describe() const
{
	return fmt::format("{}: {} operations done, {} tried again, {} in flight, longest {} ms",
			   to_string(options_.how), shared_->done.load(), shared_->again.load(),
			   shared_->in_flight.load(), shared_->longest.load());
}

} // namespace dmpoll
