// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/bench_case.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace dmpoll
{

// What is the same in all four cases. The defaults are those of the RFC's cover letter, but
// shorter.
struct job_settings {
	unsigned iodepth = 128;
	unsigned jobs = 1;
	std::string block_size = "4k";
	std::string size{}; // fio's size=; empty: the whole device
	std::chrono::milliseconds runtime{2000};
	std::chrono::milliseconds ramp{300};

	// IOs that can be in flight at once.
	unsigned queue_depth() const { return iodepth * jobs; }
};

struct fio_job {
	bench_case what;
	std::string device; // path
	job_settings settings{};
};

// The job file: random reads through io_uring, polled or not.
std::string job_text(const fio_job &job);

// What bench runs for a job file; nothing it names can write to a device.
std::vector<std::string> fio_command(const std::filesystem::path &job_file);

// How long fio may take before it is taken for hung: a stuck polled IO only ends after 30 s.
std::chrono::milliseconds time_limit(const job_settings &settings);

// "3", "500ms", "1m" and the like; throws std::invalid_argument. A bare number is seconds.
std::chrono::milliseconds parse_duration(const std::string &text);

// The inverse, in the form fio reads too: "3s", "500ms".
std::string duration_text(std::chrono::milliseconds duration);

} // namespace dmpoll
