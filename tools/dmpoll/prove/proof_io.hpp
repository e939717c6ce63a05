// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "prove/proof.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dmpoll
{

struct proof_plan {
	int file = -1;                     // open for reading, O_DIRECT
	std::uint64_t size = 0;            // bytes that may be read, from the start
	std::vector<std::string> leaves{}; // disks to look at, kernel names
	std::uint32_t reads = 64;          // of each batch
	std::uint32_t depth = 8;           // in flight at once, in the ring
	bool over_tcp = false;             // as proof_record
};

inline constexpr std::uint32_t proof_block_size = 4096;

// Reads in each way, one after the other, and notes in @record what happened as it goes: when a
// read never ends, what went before is there. After a stall nothing more is tried. Throws
// std::system_error when there is no io_uring.
void run_proof_io(const proof_plan &plan, proof_record &record);

} // namespace dmpoll
