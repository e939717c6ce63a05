// SPDX-License-Identifier: GPL-2.0
// The proof of what became of polled IO. IO that silently completes by
// interrupt returns the same bytes, so data proves nothing about the mode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device.hpp"
#include "lib/queue_stats.hpp"
#include "lib/ring.hpp"

namespace dmpoll
{

// Sums over the disks that a device lies on. nullopt: the kernel does not tell.
struct leaf_totals {
	std::uint64_t requests = 0;
	std::optional<std::uint64_t> interrupts;
	std::optional<std::uint64_t> successes; // poll calls that found something
	std::optional<std::uint64_t> invoked;   // poll calls

	bool operator==(const leaf_totals &) const = default;
};

std::string to_string(const leaf_totals &totals);

// Reads the counters when made, and again in elapsed().
class proof_window
{
public:
	explicit proof_window(const test_device &device);
	leaf_totals elapsed() const;

private:
	const test_device &device_;
	leaf_totals before_;
};

struct proof_bounds {
	std::uint64_t operations = 0;
	std::uint64_t depth = 1; // never more operations in flight
	// Part of the IO is not polled. An IO of more than 256 pages is many bios of
	// which 5.10 polls only the last; RWF_DSYNC may flush.
	bool may_interrupt = false;
	std::uint64_t retries = 0; // that the disks' driver may do, of all requests
};

// Throws mismatch unless @totals are what @mode makes of the IO:
//  poll: no interrupt; poll calls found completions, at least one per depth
//        operations (each finds at most what is in flight), and no more often
//        than there were requests: at depth 1, unsplit, exactly as often.
//  irq:  an interrupt at least; no poll call found anything.
//  eopnotsupp: no request reached a disk.
void check_mode(poll_mode mode, const leaf_totals &totals, const proof_bounds &bounds);

// To be called between submission of @operations and the first poll. Looks,
// without entering the kernel through the ring, at what becomes of them:
//  poll: after a while all are still in flight at the disks, for nobody polled,
//        and no completion is visible.
//  irq, eopnotsupp: soon nothing is in flight any more.
void check_untouched(poll_mode mode, const test_device &device, ring &ring,
		     std::uint64_t operations);

} // namespace dmpoll
