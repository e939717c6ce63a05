// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dmpoll
{

// One fio run, reads only. Bandwidth is in bytes per second, latencies in nanoseconds. mean is
// fio's "lat" (submission to completion); percentiles are of "clat", which lacks the submission
// itself, because that is what fio gives by default. The ramp time is in none of them.
struct fio_result {
	std::string version{};
	double iops = 0;
	double bandwidth = 0;
	std::uint64_t ios = 0;
	double lat_mean = 0;
	std::optional<double> lat_p50{};
	std::optional<double> lat_p99{};
	std::optional<double> lat_p99_9{};
	double usr_cpu = 0; // per cent of one CPU and job
	double sys_cpu = 0;
};

// Reads what fio --output-format=json printed, for a job file with one group. Throws
// std::runtime_error when it is not that, when fio reports an error, and when nothing was read.
fio_result parse_fio_output(const std::string &text);

} // namespace dmpoll
