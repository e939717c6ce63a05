// SPDX-License-Identifier: GPL-2.0
// A fixed number of operations through an io_uring, with a fixed number of
// instructions of our own for each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <liburing.h>

#include "lib/buffer.hpp"
#include "lib/fd.hpp"

namespace dmpoll
{

// Operation number N goes to place N modulo their number.
struct place {
	unsigned file = 0;        // index into load_options::paths
	std::uint64_t offset = 0; // bytes
	std::uint64_t length = 0; // bytes from there on that may be used
};

struct load_options {
	std::vector<std::string> paths;
	std::vector<place> places;
	unsigned block_size = 4096;
	unsigned iodepth = 1;
	bool write = false;
	bool polled = true;
};

class load
{
public:
	explicit load(const load_options &options);
	load(const load &) = delete;
	load &operator=(const load &) = delete;
	~load();

	// Returns when all are complete; throws std::system_error if one fails.
	void run(unsigned count);

private:
	void prepare(std::uint64_t number);
	unsigned reap();

	const load_options &options_;
	std::vector<unique_fd> files_;
	aligned_buffer memory_;
	struct io_uring ring_ = {};
};

} // namespace dmpoll
