// SPDX-License-Identifier: GPL-2.0
#include "report/report.hpp"

#include "bench/files.hpp"
#include "report/gnuplot.hpp"

#include <algorithm>

namespace dmpoll
{

namespace
{

bool has_good_runs(const report &r)
{
	return std::ranges::any_of(r.cases, [](const case_summary &s) { return s.good_runs > 0; });
}

void plot_or_remove(const report &r, std::string (*script)(const report &),
		    const std::filesystem::path &file)
{
	if (has_good_runs(r))
		draw_plot(script(r), file);
	else
		std::filesystem::remove(file); // of earlier measurements
}

} // namespace

bool report::has_failures() const
{
	return std::ranges::any_of(measured.runs, [](const run_record &run) { return !run.ok(); });
}

report make_report(const measurements &m)
{
	report r{
		.measured = m,
		.judged = judge(m),
		.proof = prove(m),
		.ratios = compare_iops(m),
		.poll_irq = compare_poll_with_irq(m),
	};

	for (bench_case what : all_cases)
		r.cases.push_back(summarise(m, what));
	return r;
}

std::string verdict_text(const verdict &v)
{
	switch (v.result) {
	case polling::yes:
		return "polled";
	case polling::no:
		return "NOT POLLED";
	case polling::unknown:
		break;
	}
	return "CANNOT TELL";
}

void write_report(const report &r, const std::filesystem::path &directory)
{
	write_file(directory / "report.md", markdown_text(r));
	write_file(directory / "report.json", json_text(r));
	plot_or_remove(r, iops_plot_script, directory / "plot-iops.svg");
	plot_or_remove(r, latency_plot_script, directory / "plot-latency.svg");
}

} // namespace dmpoll
