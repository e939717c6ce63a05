// SPDX-License-Identifier: GPL-2.0
// A process with polled IO of random places, sizes and depths, that knows what
// each block must hold.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/shared_memory.hpp"

namespace dmpoll
{

// The unit of random IO, bytes: no logical block is larger.
inline constexpr unsigned stress_block = 4096;

// Blocks that one process has for itself.
struct block_range {
	std::uint64_t first = 0;
	std::uint64_t count = 0; // at most random_submitter::most_blocks
};

class random_submitter
{
public:
	static constexpr std::uint64_t most_blocks = 8192;

	struct options {
		access how = access::async;
		block_range blocks;
		std::uint64_t first_data = 0; // data seed of what the blocks hold now
		std::uint64_t seed = 0;       // of all that is random
	};

	// Begins at once.
	random_submitter(const test_device &device, const options &);

	void stop() { process_.stop(); }
	void go_on() { process_.go_on(); }
	// Throws what it found, at the latest now that it ends.
	void check_alive();
	// Lets it complete what is in flight; throws what it found.
	void end(std::chrono::milliseconds limit);

	// Data seed of what @block, counted from the range's first, holds.
	std::uint64_t data_of(std::uint64_t block) const { return shared_->data[block]; }
	const block_range &blocks() const { return options_.blocks; }
	unsigned done() const { return shared_->done; }
	std::chrono::milliseconds longest() const
	{
		return std::chrono::milliseconds(shared_->longest);
	}
	// For reports: "async: 120 operations done, 3 tried again, 8 in flight, longest 12 ms"
	std::string describe() const;

private:
	struct shared_state {
		std::atomic<bool> end{false};
		std::atomic<unsigned> done{0}, again{0}, in_flight{0};
		std::atomic<long> longest{0}; // milliseconds, of one operation
		std::atomic<std::uint64_t> data[most_blocks];
	};
	class worker; // in the child

	options options_;
	shared_memory<shared_state> shared_;
	child_process process_;
};

} // namespace dmpoll
