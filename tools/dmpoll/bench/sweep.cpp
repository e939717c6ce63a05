// SPDX-License-Identifier: GPL-2.0
#include "bench/sweep.hpp"

#include "bench/files.hpp"
#include "report/gnuplot.hpp"
#include "report/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

bench_options options_of(const bench_options &all, const sweep_point &point)
{
	bench_options one = all;

	one.job.iodepth = point.iodepth;
	one.job.jobs = point.jobs;
	one.out = all.out / directory_of(point);
	return one;
}

std::set<sweep_point> points_in(const fs::path &directory)
{
	std::set<sweep_point> points;
	std::error_code error;

	for (const fs::directory_entry &entry : fs::directory_iterator(directory, error)) {
		const auto point = point_of(entry.path().filename());

		if (point && fs::exists(entry.path() / measurements_name))
			points.insert(*point);
	}
	return points;
}

// Of an earlier bench or sweep: they would be taken for points of this one.
void forget_measurements(const fs::path &directory)
{
	fs::remove(directory / measurements_name);
	for (const sweep_point &point : points_in(directory))
		fs::remove(directory / directory_of(point) / measurements_name);
}

std::string ratio_of(const report &r)
{
	return median_text(r.ratios.at(0).ratio, ratio_text);
}

std::string table_row(const report &r)
{
	std::string row = fmt::format("{} | {}", r.measured.job.jobs, r.measured.job.iodepth);

	for (const case_summary &s : r.cases)
		row += fmt::format(" | {}, {}", median_text(s.iops, iops_text),
				   median_text(s.lat_mean, latency_text));
	return row + fmt::format(" | {} | {}\n", ratio_of(r), verdict_text(r.judged));
}

} // namespace

std::vector<sweep_point> sweep_points(const std::vector<unsigned> &iodepths,
				      const std::vector<unsigned> &jobs)
{
	std::set<sweep_point> points;

	for (unsigned each : jobs)
		for (unsigned iodepth : iodepths)
			points.insert({.jobs = each, .iodepth = iodepth});
	return {points.begin(), points.end()};
}

std::string directory_of(const sweep_point &point)
{
	return fmt::format("depth-{}-jobs-{}", point.iodepth, point.jobs);
}

std::optional<sweep_point> point_of(const std::string &directory)
{
	sweep_point point;

	if (std::sscanf(directory.c_str(), "depth-%5u-jobs-%5u", &point.iodepth, &point.jobs) !=
		    2 ||
	    directory_of(point) != directory)
		return std::nullopt;
	return point;
}

bool is_sweep(const fs::path &directory)
{
	return !fs::exists(directory / measurements_name) && !points_in(directory).empty();
}

void run_sweep(const bench_options &options, const std::vector<sweep_point> &points)
{
	if (!options.dry_run)
		forget_measurements(options.out);
	for (std::size_t at = 0; at < points.size(); at++) {
		fmt::print(options.progress, "\n== point {} of {}: depth {}, jobs {}\n", at + 1,
			   points.size(), points[at].iodepth, points[at].jobs);
		run_bench(options_of(options, points[at]));
	}
}

std::vector<report> load_sweep(const fs::path &directory)
{
	std::vector<report> reports;

	for (const sweep_point &point : points_in(directory))
		reports.push_back(make_report(load_measurements(directory / directory_of(point))));
	if (reports.empty())
		throw std::runtime_error(directory.string() +
					 " holds no point of a sweep: make it with dmpoll bench");
	return reports;
}

std::string sweep_markdown(const std::vector<report> &reports)
{
	const measurements &first = reports.front().measured;
	std::string text = fmt::format(
		"# Depths and jobs on {}\n\n{}jobs | depth | raw/irq | raw/poll | dm/irq | dm/poll "
		"| "
		"dm/poll over dm/irq | dm/poll was\n"
		"---- | ---- | ---- | ---- | ---- | ---- | ---- | ----\n",
		first.disk.path,
		first.machine.emulated() ? fmt::format("**These numbers are emulated** ({}).\n\n",
						       first.machine.emulation)
					 : "");

	for (const report &r : reports)
		text += table_row(r);
	return text +
	       fmt::format("\nIOPS and average latency, medians of {} interleaved repeats; "
			   "the whole report of each point is in depth-D-jobs-J/report.md.\n\n"
			   "![IOPS](plot-iops.svg)\n![latency](plot-latency.svg)\n",
			   first.repeats);
}

std::string sweep_json(const std::vector<report> &reports)
{
	auto points = nlohmann::ordered_json::array();

	for (const report &r : reports)
		points.push_back(nlohmann::ordered_json::parse(json_text(r)));
	return nlohmann::ordered_json{
		       {"format", "dmpoll-sweep"}, {"version", 1}, {"points", points}}
		       .dump(1, '\t') +
	       "\n";
}

void write_sweep(const std::vector<report> &reports, const fs::path &directory)
{
	for (const report &r : reports)
		write_report(r, directory / directory_of({.jobs = r.measured.job.jobs,
							  .iodepth = r.measured.job.iodepth}));
	write_file(directory / "sweep.md", sweep_markdown(reports));
	write_file(directory / "sweep.json", sweep_json(reports));
	draw_plot(sweep_iops_script(reports), directory / "plot-iops.svg");
	draw_plot(sweep_latency_script(reports), directory / "plot-latency.svg");
}

} // namespace dmpoll
