// SPDX-License-Identifier: GPL-2.0
// What fio 3.33 really printed, cut to the parts that matter.
#pragma once

namespace dmpoll
{

// The cover letter's job, two seconds on a file in memory.
inline constexpr const char *fio_sample = R"({
	"fio version": "fio-3.33",
	"global options": {
		"ioengine": "io_uring",
		"iodepth": "128",
		"rw": "randread",
		"direct": "1",
		"bs": "4k",
		"registerfiles": "1",
		"hipri": "0"
	},
	"jobs": [
		{
			"jobname": "device",
			"groupid": 0,
			"error": 0,
			"eta": 0,
			"elapsed": 3,
			"read": {
				"io_bytes": 3607404544,
				"bw_bytes": 1802800871,
				"bw": 1760547,
				"iops": 440072.963518,
				"runtime": 2001,
				"total_ios": 880586,
				"slat_ns": {
					"min": 1442,
					"max": 70565,
					"mean": 1858.213498,
					"stddev": 794.826739,
					"N": 880587
				},
				"clat_ns": {
					"min": 971,
					"max": 465870,
					"mean": 288536.930858,
					"stddev": 15495.869809,
					"N": 880713,
					"percentile": {
						"50.000000": 284672,
						"99.000000": 350208,
						"99.900000": 387072
					}
				},
				"lat_ns": {
					"min": 2774,
					"max": 468134,
					"mean": 290395.134673,
					"stddev": 15550.909211,
					"N": 880713
				}
			},
			"write": {
				"io_bytes": 0,
				"bw_bytes": 0,
				"iops": 0.0,
				"total_ios": 0
			},
			"usr_cpu": 20.55,
			"sys_cpu": 79.35,
			"ctx": 5
		}
	]
})";

// A job that fio refused: exit status 1, and this.
inline constexpr const char *fio_failed_sample = R"({
	"fio version": "fio-3.33",
	"jobs": [
		{
			"jobname": "device",
			"error": 22,
			"elapsed": 0,
			"read": {
				"bw_bytes": 0,
				"iops": 0.0,
				"total_ios": 0,
				"clat_ns": {
					"min": 0,
					"max": 0,
					"mean": 0.0,
					"stddev": 0.0,
					"N": 0
				},
				"lat_ns": {
					"min": 0,
					"max": 0,
					"mean": 0.0,
					"stddev": 0.0,
					"N": 0
				}
			},
			"usr_cpu": 0.0,
			"sys_cpu": 0.0
		}
	]
})";

} // namespace dmpoll
