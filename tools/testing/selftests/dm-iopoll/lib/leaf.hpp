// SPDX-License-Identifier: GPL-2.0
// The test leaf: disks in memory whose polled requests complete when they are
// told to. See leaf/dm_iopoll_leaf.c.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "disk.hpp"

namespace dmpoll
{

// Parameters of the module.
struct leaf_options {
	unsigned devices = 1;
	unsigned poll_queues = 1;
	unsigned irq_queues = 1;
	unsigned depth = 64;         // tags of each hw queue
	unsigned max_sectors = 0;    // of a request; 0: as many as the kernel likes
	unsigned timeout_ms = 10000; // until IO that nobody polled for is in the log
	unsigned latency_us = 0;
	bool no_data = false; // none is moved
};

// A line of a disk's debugfs file.
struct leaf_queue_state {
	unsigned hctx = 0;
	bool polled = false;
	unsigned waiting = 0; // requests
	std::uint64_t polls = 0;
	std::uint64_t hits = 0; // polls that found something
	std::string cpus;       // that polled: "0-1"
};

class leaf_module
{
public:
	// Loads the module of that file; throws std::system_error, naming file and
	// parameters.
	leaf_module(const std::string &file, const leaf_options &options);
	leaf_module(const leaf_module &) = delete;
	leaf_module &operator=(const leaf_module &) = delete;
	// Lets everything go that is held, and unloads. Nothing may have the disks
	// open.
	~leaf_module();

	const claimed_disk &disk(std::size_t index) const { return disks_.at(index); }
	const std::vector<claimed_disk> &disks() const { return disks_; }

	// As documented in the module's source; waits until it is done.
	void command(std::size_t disk, const std::string &text) const;
	// Of all disks: whether polled requests stay until they are released.
	void hold(bool yes) const;
	// The oldest polled requests of a disk, wherever they wait.
	void release(std::size_t disk, unsigned count) const;

	std::vector<leaf_queue_state> queues(std::size_t disk) const;
	// Polled requests of a disk that wait now.
	unsigned waiting(std::size_t disk) const;

private:
	void claim_disks(unsigned count);

	std::vector<claimed_disk> disks_;
};

// For whoever cleans up behind a test that was killed.
bool leaf_is_loaded();
void release_leaf(); // lets everything go that is held
bool unload_leaf();  // false if it is in use for too long

} // namespace dmpoll
