// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/measurement.hpp"
#include "report/summary.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dmpoll
{

// Everything the report says, computed once from the measurements.
struct report {
	measurements measured{};
	verdict judged{};
	poll_proof proof{};
	std::vector<case_summary> cases{};  // in the order of all_cases
	std::vector<comparison> ratios{};   // compare_iops()
	std::vector<comparison> poll_irq{}; // compare_poll_with_irq()

	// Some run gave no result.
	bool has_failures() const;
};

report make_report(const measurements &m);

// "polled", "NOT POLLED", "CANNOT TELL"
std::string verdict_text(const verdict &v);

// What somebody in a hurry needs to know, in one sentence; or why the times say nothing.
std::string plain_verdict(const report &r);

// Starts with the verdict in one paragraph.
std::string markdown_text(const report &r);

// The schema is in dmpoll's README.md.
std::string json_text(const report &r);

// Scripts for gnuplot that print one SVG; without a single good run there is nothing to plot.
std::string iops_plot_script(const report &r);
std::string latency_plot_script(const report &r);

// Writes report.md, report.json, plot-iops.svg and plot-latency.svg into the directory, and nothing
// else; without a single good run, plots of earlier measurements are removed. Throws
// std::system_error that names the package when gnuplot is missing; report.md and report.json are
// there then.
void write_report(const report &r, const std::filesystem::path &directory);

} // namespace dmpoll
