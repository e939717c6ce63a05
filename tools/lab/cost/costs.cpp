// SPDX-License-Identifier: GPL-2.0
#include "costs.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cost
{

namespace
{

struct count {
	double kernel = 0, user = 0, locked = 0;
};

struct run {
	cell where;
	std::string mode;
	double ios = 1;
	std::optional<double> polls;
	count counted;
};

std::ifstream open(const std::filesystem::path &path)
{
	std::ifstream file(path);
	if (!file)
		throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
	return file;
}

std::vector<count> read_counts(const std::filesystem::path &path)
{
	auto file = open(path);
	std::vector<count> counts;
	for (std::string line; std::getline(file, line);) {
		count c;
		if (!line.starts_with('@') &&
		    std::sscanf(line.c_str(), "%lf %lf %lf", &c.kernel, &c.user, &c.locked) == 3)
			counts.push_back(c);
	}
	return counts;
}

run parse_run(const std::string &line)
{
	const auto json = nlohmann::json::parse(line);
	const auto &form = json.at("shape");
	run r;
	r.where = {{form.at("devices"), form.at("poll_queues"), form.at("segments"),
		    form.at("stack"), form.at("stripe"), form.at("raid0")},
		   json.at("rw"),
		   json.at("iodepth")};
	r.mode = json.at("mode");
	r.ios = json.at("ios");
	if (!json.at("polls").is_null())
		r.polls = json.at("polls").get<double>() / r.ios;
	return r;
}

std::vector<run> read_runs(const std::filesystem::path &dir)
{
	const auto counts = read_counts(dir / "counts");
	auto file = open(dir / "runs");
	std::vector<run> runs;
	for (std::string line; std::getline(file, line);) {
		runs.push_back(parse_run(line));
		if (runs.size() <= counts.size())
			runs.back().counted = counts[runs.size() - 1];
	}
	if (runs.size() != counts.size())
		throw std::runtime_error(fmt::format("{}: {} runs, {} counts", dir.string(),
						     runs.size(), counts.size()));
	return runs;
}

double median(std::vector<double> values)
{
	std::sort(values.begin(), values.end());
	return values[values.size() / 2];
}

sample summarize(const std::vector<run> &runs)
{
	std::vector<double> kernel, locked;
	for (const auto &r : runs) {
		kernel.push_back(r.counted.kernel / r.ios);
		locked.push_back(r.counted.locked / r.ios);
	}
	const auto [least, most] = std::minmax_element(kernel.begin(), kernel.end());
	return {median(kernel), *most - *least, runs[0].counted.user / runs[0].ios, median(locked),
		runs[0].polls};
}

} // namespace

std::string to_string(const shape &form)
{
	auto text =
		fmt::format("{} device{} x {} queue{}", form.devices, form.devices > 1 ? "s" : "",
			    form.poll_queues, form.poll_queues > 1 ? "s" : "");
	if (form.segments > 1)
		text += fmt::format(", {} segments", form.segments);
	if (form.stack > 1)
		text += fmt::format(", stack of {}", form.stack);
	if (form.stripe)
		text += ", striped, split";
	if (form.raid0)
		text += ", raid0 of md";
	return text;
}

std::optional<double> dm_adds(const modes &of, double sample::*what)
{
	const auto dm = of.find("dm_poll"), raw = of.find("raw_poll");
	if (dm == of.end() || raw == of.end())
		return std::nullopt;
	return dm->second.*what - raw->second.*what;
}

const modes *kernel_costs::find(const cell &where) const
{
	const auto found = cells.find(where);
	return found == cells.end() ? nullptr : &found->second;
}

std::optional<double> kernel_costs::adds(const cell &where) const
{
	const auto *of = find(where);
	return of ? dm_adds(*of) : std::nullopt;
}

std::optional<double> kernel_costs::instructions(const cell &where, const std::string &mode) const
{
	const auto *of = find(where);
	if (!of || !of->contains(mode))
		return std::nullopt;
	return of->at(mode).instructions;
}

void read_costs(const std::filesystem::path &dir, kernel_costs &to)
{
	std::map<std::pair<cell, std::string>, std::vector<run>> by_mode;
	for (const auto &r : read_runs(dir))
		by_mode[{r.where, r.mode}].push_back(r);
	for (const auto &[at, runs] : by_mode)
		to.cells[at.first][at.second] = summarize(runs);
}

} // namespace cost
