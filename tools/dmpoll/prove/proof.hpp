// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/fate.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace dmpoll
{

// A read that takes longer was found by the timeout of the disk's driver, or never.
inline constexpr std::chrono::seconds stall_limit{5};

// One batch of reads and what the kernel counted on the disks meanwhile, other programs' IO
// included. nullopt: this kernel does not count that. No pointers: it is written by another
// process.
struct phase_record {
	std::uint32_t asked = 0; // reads; 0: the batch was not run
	std::uint32_t completed = 0;
	std::int32_t error = 0; // errno of the first read that failed
	bool stalled = false;   // some read did not end within stall_limit
	std::uint64_t elapsed_us = 0;
	std::uint64_t cpu_us = 0;
	std::uint64_t requests = 0;   // completed by the disks
	std::uint64_t neighbours = 0; // by other namespaces of their controllers
	std::optional<std::uint64_t> interrupts{};
	std::optional<std::uint64_t> hits{};  // polls that found something
	std::optional<std::uint64_t> polls{}; // of hw queues

	// CPU time over elapsed time, per cent.
	unsigned cpu_percent() const;
};

// How many single reads were still at the disk after a while in which nobody polled.
struct hold_record {
	std::uint32_t trials = 0; // 0: nothing tells what is in flight (iostats 0)
	std::uint32_t held = 0;
	std::uint32_t wait_ms = 0;
};

struct proof_record {
	std::uint32_t depth = 1;
	std::uint32_t disks = 1;     // below what is read; those of phase_record
	bool over_tcp = false;       // the disks' connections complete what no poll has found
	phase_record plain{};        // for comparison: neither polled nor asking for it
	std::int32_t ring_error = 0; // errno of making an io_uring; 0: it can be made
	hold_record hold{};
	phase_record async{}; // IORING_SETUP_IOPOLL
	phase_record sync{};  // RWF_HIPRI
};

// What became of a batch, and the evidence in a sentence.
struct proof_verdict {
	io_fate fate = io_fate::unknown;
	std::string reason{};
};

proof_verdict judge_async(const proof_record &record);
proof_verdict judge_sync(const proof_record &record);

} // namespace dmpoll
