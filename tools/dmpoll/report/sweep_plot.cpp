// SPDX-License-Identifier: GPL-2.0
#include "bench/sweep.hpp"

#include "report/gnuplot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dmpoll
{

namespace
{

using values = std::optional<spread> case_summary::*;

// One curve: a test with a number of jobs.
struct curve {
	std::size_t case_index = 0;
	unsigned jobs = 1;
	std::string rows{}; // depth, median, min, max
};

std::vector<curve> curves_of(const std::vector<report> &reports, values wanted, double unit)
{
	std::set<unsigned> jobs;
	std::vector<curve> curves;

	for (const report &r : reports)
		jobs.insert(r.measured.job.jobs);
	for (unsigned each : jobs)
		for (std::size_t c = 0; c < all_cases.size(); c++) {
			curve one{.case_index = c, .jobs = each};

			for (const report &r : reports)
				if (const auto &v = r.cases.at(c).*wanted;
				    v && r.measured.job.jobs == each)
					one.rows += fmt::format(
						"{} {} {} {}\n", r.measured.job.iodepth,
						v->median / unit, v->min / unit, v->max / unit);
			if (!one.rows.empty())
				curves.push_back(one);
		}
	return curves;
}

// Interrupts grey, polling blue; raw hollow, dm filled; dashes tell numbers of jobs apart.
std::string line_of(const curve &one, std::size_t number, bool name_jobs)
{
	const bench_case what = all_cases.at(one.case_index);
	const std::string title =
		name_of(what) + (name_jobs ? fmt::format(", jobs {}", one.jobs) : "");

	return fmt::format("$curve{} using 1:2:3:4 with yerrorlines pointtype {} linewidth 1.5 "
			   "dashtype {} linecolor rgb '{}' title {}",
			   number, what.where == layer::raw ? 6 : 7, 1 + (one.jobs - 1) % 5,
			   what.how == completion::poll ? "#1f6fb2" : "#8c96a3",
			   gnuplot_quoted(title));
}

std::string script_of(const std::vector<report> &reports, const std::vector<curve> &curves,
		      const std::string &title, const std::string &axis)
{
	const measurements &first = reports.front().measured;
	const bool name_jobs = std::ranges::any_of(
		curves, [&](const curve &one) { return one.jobs != curves.front().jobs; });
	std::string blocks, lines;

	for (std::size_t at = 0; at < curves.size(); at++) {
		blocks += gnuplot_block(fmt::format("curve{}", at), curves[at].rows);
		lines += (at ? ", " : "") + line_of(curves[at], at, name_jobs);
	}
	return fmt::format("set terminal svg size 860,480 dynamic noenhanced "
			   "font 'DejaVu Sans,13' background rgb 'white'\n"
			   "set title {}\n{}"
			   "set logscale x 2\nset grid linecolor rgb '#dddddd' linetype 1\n"
			   "set key outside top center horizontal reverse Left\n"
			   "set xlabel 'reads in flight of each job; points: median, whiskers: min "
			   "to max'\n{}"
			   "plot {}\n",
			   gnuplot_quoted((first.machine.emulated() ? "EMULATED: " : "") + title),
			   blocks, axis, lines.empty() ? "0 notitle" : lines);
}

} // namespace

std::string sweep_iops_script(const std::vector<report> &reports)
{
	return script_of(
		reports, curves_of(reports, &case_summary::iops, 1), "IOPS over depth",
		"set yrange [0:*]\nset format y '%.0s%c'\nset ylabel 'reads per second'\n");
}

std::string sweep_latency_script(const std::vector<report> &reports)
{
	return script_of(reports, curves_of(reports, &case_summary::lat_mean, 1e9),
			 "Average latency over depth",
			 "set logscale y\nset format y '%.0s %cs'\n"
			 "set ylabel 'latency, logarithmic'\n");
}

} // namespace dmpoll
