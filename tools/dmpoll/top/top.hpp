// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "lib/queue_stats.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

struct top_options {
	std::vector<std::string> arguments{}; // none: every disk with polled hw queues
	std::chrono::milliseconds interval{1000};
	unsigned count = 0; // of frames; 0: until stopped
	bool json = false;
};

// A disk's counters at one moment.
struct disk_sample {
	std::uint64_t requests = 0; // completed
	std::optional<std::uint64_t> interrupts{};
	std::vector<hctx_view> hctxs{};
};

// By kernel name; a disk that is gone is missing.
using top_sample = std::map<std::string, disk_sample>;

// What happened between two samples, per second; no value: not counted, or counted anew.
struct top_row {
	std::string disk{};
	std::optional<unsigned> hctx{}; // nothing: the disk as a whole
	std::string type{};             // "poll"
	std::optional<double> requests{};
	std::optional<double> interrupts{};
	std::optional<double> polls{};
	std::optional<double> hits{}; // polls that found something

	// 0 to 1; nothing without polls.
	std::optional<double> hit_rate() const;
};

// Of the disks in both samples: each as a whole, then its polled hw queues.
std::vector<top_row> compare_samples(const top_sample &before, const top_sample &after,
				     double seconds);

// A table; each line ended.
std::string top_text(const std::vector<top_row> &rows);

// One line, for programs. The schema is in dmpoll(1).
std::string top_json(const std::vector<top_row> &rows);

// Prints a frame per interval: in place on a terminal that can, else one after the other. Returns
// after options.count frames. Throws std::system_error when there is nothing to look at, and as
// check().
void run_top(const top_options &options);

} // namespace dmpoll
