// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/fio_job.hpp"
#include "bench/measurement.hpp"

#include <cstdio>
#include <filesystem>
#include <string>

namespace dmpoll
{

struct bench_options {
	std::string disk{};
	std::filesystem::path out{};
	std::string dm_name = "testdev";
	unsigned repeats = 9;
	job_settings job{};
	bool told_emulated = false; // label the numbers, though nothing shows that they are
	bool dangerous = false;     // though it may crash the machine
	bool dry_run = false;       // say what would be done, and do nothing
	std::FILE *progress = stdout;
};

// Measures the four cases on options.disk, which nothing may use and which is only read, and on a
// dm-linear device over all of it that lives as long as this call. Writes the job files and
// measurements.json into options.out, and tells its progress.
//
// A run that fails is recorded, not thrown. Throws stopped when asked to stop, and std::exception
// with the cause and its cure when nothing can be measured. Needs block_watched_signals().
measurements run_bench(const bench_options &options);

} // namespace dmpoll
