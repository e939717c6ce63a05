// SPDX-License-Identifier: GPL-2.0
#include "report.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace cost
{

namespace
{

// What is on the x axis, and which cells are in the plot.
struct plot {
	std::string name, title, x;
	bool log_y; // where one kernel is far above the others
	unsigned (*value)(const cell &);
	bool (*in)(const cell &);
};

bool is_plain_read(const cell &at)
{
	return at.rw == "read" && !at.form.stripe && !at.form.raid0 && at.form.segments == 1;
}

const std::vector<plot> &plots()
{
	static const std::vector<plot> all{
		{"devices", "8 poll queues each (1 device: any), depth 1", "devices", true,
		 [](const cell &at) { return at.form.devices; },
		 [](const cell &at) {
			 return is_plain_read(at) && at.form.stack == 1 && at.iodepth == 1 &&
				(at.form.poll_queues == 8 || at.form.devices == 1);
		 }},
		{"depth", "16 devices x 8 poll queues", "IOs in flight", true,
		 [](const cell &at) { return at.iodepth; },
		 [](const cell &at) {
			 return is_plain_read(at) && at.form.stack == 1 && at.form.devices == 16 &&
				at.form.poll_queues == 8;
		 }},
		{"stack", "1 device x 1 poll queue, depth 1", "dm devices on top of each other",
		 false, [](const cell &at) { return at.form.stack; },
		 [](const cell &at) {
			 return is_plain_read(at) && at.form.devices == 1 &&
				at.form.poll_queues == 1 && at.iodepth == 1;
		 }}};
	return all;
}

// For readers who have not seen the names of `make bench`.
std::string legend(const std::string &kernel)
{
	if (kernel == "ours")
		return "this series";
	if (kernel == "poll-all")
		return "this series, but polling all below, as the RFC";
	return kernel.starts_with("upstream-") ? "Linux " + kernel.substr(9) : kernel;
}

// "$name << E" and its points; empty if there are none.
std::string points(const plot &p, const kernel_costs &one)
{
	std::map<unsigned, double> by_x;
	for (const auto &[at, of] : one.cells)
		if (const auto adds = dm_adds(of); adds && p.in(at))
			by_x[p.value(at)] = *adds;
	std::string text;
	for (const auto &[x, y] : by_x)
		text += fmt::format("{} {:.0f}\n", x, y);
	return text;
}

std::string script(const plot &p, const std::vector<kernel_costs> &all, const std::string &file)
{
	std::string data, lines;
	int index = 0;
	for (const auto &one : all) {
		const auto some = points(p, one);
		if (some.empty())
			continue;
		data += fmt::format("$k{} << END\n{}END\n", index, some);
		lines += fmt::format("{}$k{} using 1:2 with linespoints linewidth 2 title '{}'",
				     index ? ", " : "", index, legend(one.kernel));
		++index;
	}
	if (lines.empty())
		return "";
	return data +
	       fmt::format(
		       "set terminal svg size 760,420 dynamic noenhanced background rgb 'white'\n"
		       "set output '{}'\nset title 'Kernel instructions that dm adds to a polled 4 "
		       "KiB "
		       "read: {}'\n"
		       "set xlabel '{}'\nset ylabel 'instructions'\nset logscale x 2\n{}\nset "
		       "grid\n"
		       "set key outside above horizontal\nplot {}\n",
		       file, p.title, p.x,
		       p.log_y ? "set logscale y\nset yrange [500:*]" : "set yrange [0:*]", lines);
}

} // namespace

void plot_all(const std::vector<kernel_costs> &all, const std::filesystem::path &dir)
{
	for (const auto &p : plots()) {
		const auto text = script(p, all, (dir / ("plot-" + p.name + ".svg")).string());
		const auto file = (dir / ("plot-" + p.name + ".gnuplot")).string();
		if (text.empty())
			continue;
		std::ofstream(file) << text;
		if (std::system(("gnuplot '" + file + "'").c_str()) != 0)
			throw std::runtime_error("gnuplot fails on " + file);
	}
}

} // namespace cost
