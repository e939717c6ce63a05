// SPDX-License-Identifier: GPL-2.0
#include "report/gnuplot.hpp"
#include "report/report.hpp"
#include "report/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace dmpoll
{

namespace
{

// Interrupts and polling keep their colours in both plots.
unsigned colour_of(bench_case c)
{
	return c.how == completion::poll ? 0x1f6fb2 : 0x8c96a3;
}

std::string subtitle(const report &r)
{
	const measurements &m = r.measured;

	return fmt::format("{}{} random reads, io_uring, depth {}, {}",
			   m.machine.emulated() ? "EMULATED: " : "", m.job.block_size,
			   m.job.queue_depth(), m.disk.model.empty() ? m.disk.path : m.disk.model);
}

std::string preamble(const report &r, const std::string &title)
{
	const bool good = r.judged.result == polling::yes;
	const std::string warning = good ? "" : "dm/poll was " + verdict_text(r.judged) + " - ";

	return fmt::format("set terminal svg size 860,480 dynamic noenhanced "
			   "font 'DejaVu Sans,13' background rgb 'white'\n"
			   "set title {} . \"\\n\" . {} textcolor rgb '#222222'\n"
			   "set border 3 linecolor rgb '#666666'\n"
			   "set tics nomirror out textcolor rgb '#222222'\n"
			   "set grid ytics linecolor rgb '#dddddd' linetype 1\n"
			   "set style fill solid 1.0 noborder\n"
			   "set boxwidth 0.6\n"
			   "set bars 1.5\n",
			   gnuplot_quoted(warning + title), gnuplot_quoted(subtitle(r)));
}

// "'raw/irq' 0, 'raw/poll' 1, ..."
std::string tics(const std::vector<std::string> &names)
{
	std::string list;

	for (std::size_t i = 0; i < names.size(); i++)
		list += fmt::format("{}{} {}", i ? ", " : "", gnuplot_quoted(names[i]), i);
	return "set xtics (" + list + ") scale 0\n";
}

struct point {
	double x;
	double y;
};

std::string label_above(point at, const std::string &text, int font_size)
{
	return fmt::format("set label {} at {},{} center offset 0,0.7 front font ',{}'\n",
			   gnuplot_quoted(text), at.x, at.y, font_size);
}

// ---- IOPS: bars of medians, whiskers from min to max, a dot for every run ----

std::string iops_rows(const report &r)
{
	std::string rows;

	for (std::size_t i = 0; i < r.cases.size(); i++)
		if (const auto &iops = r.cases[i].iops)
			rows += fmt::format("{} {} {} {} {}\n", i, iops->median, iops->min,
					    iops->max, colour_of(r.cases[i].what));
	return rows;
}

// Runs in their order from left to right, so that a drift shows as a slope.
std::string run_rows(const report &r)
{
	std::string rows;

	for (std::size_t i = 0; i < r.cases.size(); i++)
		for (const run_record &run : r.measured.runs)
			if (run.what == r.cases[i].what && run.ok())
				rows += fmt::format(
					"{} {}\n",
					double(i) - 0.2 +
						0.4 * (run.repeat - 0.5) /
							std::max(1u, r.measured.repeats),
					run.fio.iops);
	return rows;
}

std::string iops_labels(const report &r)
{
	std::string labels;

	for (std::size_t i = 0; i < r.cases.size(); i++)
		if (const auto &iops = r.cases[i].iops)
			labels += label_above({double(i), iops->max}, iops_text(iops->median), 14);
	return labels;
}

// ---- latency: a group for each statistic, in it a point for each case ----

struct statistic {
	const char *name;
	std::optional<spread> case_summary::*values;
};

constexpr statistic statistics[] = {
	{"average", &case_summary::lat_mean},
	{"p50", &case_summary::lat_p50},
	{"p99", &case_summary::lat_p99},
	{"p99.9", &case_summary::lat_p99_9},
};

// Where in its group a case stands; groups are 1 apart.
double place_in_group(std::size_t case_index)
{
	return (double(case_index) - 1.5) * 0.21;
}

std::string latency_rows(const report &r, std::size_t case_index)
{
	std::string rows;

	for (std::size_t i = 0; i < std::size(statistics); i++)
		if (const auto &values = r.cases[case_index].*statistics[i].values)
			rows += fmt::format("{} {} {} {}\n", double(i) + place_in_group(case_index),
					    values->median / 1e9, values->min / 1e9,
					    values->max / 1e9);
	return rows;
}

std::string latency_labels(const report &r)
{
	std::string labels;

	for (std::size_t c = 0; c < r.cases.size(); c++)
		for (std::size_t i = 0; i < std::size(statistics); i++)
			if (const auto &values = r.cases[c].*statistics[i].values)
				labels += label_above(
					{double(i) + place_in_group(c), values->max / 1e9},
					short_latency_text(values->median), 10);
	return labels;
}

// gnuplot knows a data block by this: "dm_poll".
std::string block_name(bench_case what)
{
	std::string name = file_stem_of(what);

	std::ranges::replace(name, '-', '_');
	return name;
}

// Hollow for raw, filled for dm.
std::string latency_curve(bench_case what)
{
	return fmt::format("${} using 1:2:3:4 with yerrorbars pointtype {} pointsize 1.3 "
			   "linewidth 1.5 linecolor rgb {} title {}",
			   block_name(what), what.where == layer::raw ? 6 : 7, colour_of(what),
			   gnuplot_quoted(name_of(what)));
}

std::string latency_curves(const report &r)
{
	std::string curves;

	for (const case_summary &s : r.cases)
		if (s.good_runs > 0)
			curves += (curves.empty() ? "" : ", ") + latency_curve(s.what);
	return curves;
}

std::string latency_blocks(const report &r)
{
	std::string blocks;

	for (std::size_t c = 0; c < r.cases.size(); c++)
		blocks += gnuplot_block(block_name(r.cases[c].what), latency_rows(r, c));
	return blocks;
}

// Autoscale of a logarithmic axis goes to whole decades, which wastes most of the plot.
std::string latency_range(const report &r)
{
	double low = std::numeric_limits<double>::max(), high = 0;

	for (const case_summary &s : r.cases)
		for (const statistic &wanted : statistics)
			if (const auto &values = s.*wanted.values) {
				low = std::min(low, values->min / 1e9);
				high = std::max(high, values->max / 1e9);
			}
	return fmt::format("set yrange [{}:{}]\n", low / 1.5, high * 2);
}

} // namespace

std::string iops_plot_script(const report &r)
{
	std::vector<std::string> names;

	for (const case_summary &s : r.cases)
		names.push_back(name_of(s.what));
	return preamble(r, "IOPS by test") + tics(names) + iops_labels(r) +
	       gnuplot_block("cases", iops_rows(r)) + gnuplot_block("runs", run_rows(r)) +
	       "unset key\n"
	       "set xrange [-0.6:3.6]\n"
	       "set offsets 0,0,graph 0.1,0\n"
	       "set yrange [0:*]\n"
	       "set format y '%.0s%c'\n"
	       "set ylabel 'reads per second'\n"
	       "set xlabel 'bar: median; whiskers: min to max; dots: single runs in their order'\n"
	       "plot $cases using 1:2:5 with boxes linecolor rgb variable, "
	       "$cases using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.2 linewidth 1.5 "
	       "linecolor rgb '#222222', "
	       "$runs using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '#f2b134'\n";
}

std::string latency_plot_script(const report &r)
{
	std::vector<std::string> names;

	for (const statistic &s : statistics)
		names.emplace_back(s.name);
	return preamble(r, "Latency by test") + tics(names) + latency_labels(r) +
	       latency_blocks(r) + latency_range(r) +
	       "set key outside top center horizontal reverse Left\n"
	       "set xrange [-0.6:3.6]\n"
	       "set logscale y\n"
	       "set format y '%.0s %cs'\n"
	       "set ylabel 'latency, logarithmic'\n"
	       "set xlabel 'points: median of the repeats; whiskers: min to max'\n"
	       "plot " +
	       latency_curves(r) + "\n";
}

} // namespace dmpoll
