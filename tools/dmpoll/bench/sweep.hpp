// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/bench.hpp"
#include "report/report.hpp"

#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// A depth and a number of jobs: a bench of its own, in a directory of its own.
struct sweep_point {
	unsigned jobs = 1;
	unsigned iodepth = 1;

	auto operator<=>(const sweep_point &) const = default;
};

// All combinations, in order, each once.
std::vector<sweep_point> sweep_points(const std::vector<unsigned> &iodepths,
				      const std::vector<unsigned> &jobs);

// "depth-8-jobs-2", and back; nullopt for any other name.
std::string directory_of(const sweep_point &point);
std::optional<sweep_point> point_of(const std::string &directory);

// Whether the directory holds a sweep and not a single bench.
bool is_sweep(const std::filesystem::path &directory);

// Benches each point below options.out. Throws as run_bench().
void run_sweep(const bench_options &options, const std::vector<sweep_point> &points);

// The reports of the points below the directory, by jobs and depth.
std::vector<report> load_sweep(const std::filesystem::path &directory);

std::string sweep_markdown(const std::vector<report> &reports);
// An array of what `report` writes for each.
std::string sweep_json(const std::vector<report> &reports);

// Scripts for gnuplot: medians over the depth, a curve for each test and number of jobs.
std::string sweep_iops_script(const std::vector<report> &reports);
std::string sweep_latency_script(const std::vector<report> &reports);

// Writes sweep.md, sweep.json, plot-iops.svg and plot-latency.svg; throws as write_report().
void write_sweep(const std::vector<report> &reports, const std::filesystem::path &directory);

} // namespace dmpoll
