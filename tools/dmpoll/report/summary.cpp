// SPDX-License-Identifier: GPL-2.0
#include "report/summary.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace dmpoll
{

namespace
{

// A number of a run, or nothing if that was not measured.
using metric = std::function<std::optional<double>(const run_record &)>;

std::optional<double> per_read(std::optional<std::uint64_t> count, const run_record &run)
{
	if (!count || run.completed_reads() == 0)
		return std::nullopt;
	return static_cast<double>(*count) / static_cast<double>(run.completed_reads());
}

std::optional<double> interrupts_per_read(const run_record &run)
{
	return per_read(run.interrupts, run);
}

std::optional<double> polls_per_read(const run_record &run)
{
	return run.polls ? per_read(run.polls->invoked, run) : std::nullopt;
}

std::optional<double> reads_per_hit(const run_record &run)
{
	if (!run.polls)
		return std::nullopt;
	if (run.polls->success == 0)
		return std::numeric_limits<double>::infinity();
	return static_cast<double>(run.completed_reads()) / static_cast<double>(run.polls->success);
}

std::vector<const run_record *> good_runs(const measurements &m, bench_case what)
{
	std::vector<const run_record *> runs;

	for (const run_record &run : m.runs)
		if (run.what == what && run.ok())
			runs.push_back(&run);
	return runs;
}

std::vector<double> values_of(const std::vector<const run_record *> &runs, const metric &value)
{
	std::vector<double> values;

	for (const run_record *run : runs)
		if (const auto v = value(*run))
			values.push_back(*v);
	return values;
}

std::optional<double> most(const std::vector<const run_record *> &runs, const metric &value)
{
	const std::vector<double> values = values_of(runs, value);

	if (values.empty())
		return std::nullopt;
	return *std::ranges::max_element(values);
}

// Ratios of the runs that share a repeat; a repeat that lacks one of them is left out.
std::vector<double> paired_ratios(const measurements &m, const comparison &c, const metric &value)
{
	std::vector<double> ratios;

	for (const run_record *over : good_runs(m, c.over))
		for (const run_record *under : good_runs(m, c.under)) {
			const auto a = value(*over);
			const auto b = value(*under);

			if (over->repeat == under->repeat && a && b && *b > 0)
				ratios.push_back(*a / *b);
		}
	return ratios;
}

comparison compared(const measurements &m, comparison c, const metric &value)
{
	const std::vector<double> ratios = paired_ratios(m, c, value);

	c.ratio = spread_of(ratios);
	c.bounds = median_interval(ratios);
	return c;
}

struct named_metric {
	const char *name;
	bool more_is_better;
	metric value;
};

const std::vector<named_metric> &compared_metrics()
{
	static const std::vector<named_metric> list = {
		{"iops", true, [](const run_record &r) { return r.fio.iops; }},
		{"avg lat", false, [](const run_record &r) { return r.fio.lat_mean; }},
		{"p99", false, [](const run_record &r) { return r.fio.lat_p99; }},
		{"p99.9", false, [](const run_record &r) { return r.fio.lat_p99_9; }},
		{"CPU", false, [](const run_record &r) { return r.fio.usr_cpu + r.fio.sys_cpu; }},
	};

	return list;
}

std::string key_part(bench_case c)
{
	std::string part = file_stem_of(c);

	std::ranges::replace(part, '-', '_');
	return part;
}

} // namespace

case_summary summarise(const measurements &m, bench_case what)
{
	const auto runs = good_runs(m, what);
	const auto spread_by = [&](const metric &value) {
		return spread_of(values_of(runs, value));
	};
	case_summary s{
		.what = what,
		.good_runs = static_cast<unsigned>(runs.size()),
		.iops = spread_by([](const run_record &r) { return r.fio.iops; }),
		.bandwidth = spread_by([](const run_record &r) { return r.fio.bandwidth; }),
		.lat_mean = spread_by([](const run_record &r) { return r.fio.lat_mean; }),
		.lat_p50 = spread_by([](const run_record &r) { return r.fio.lat_p50; }),
		.lat_p99 = spread_by([](const run_record &r) { return r.fio.lat_p99; }),
		.lat_p99_9 = spread_by([](const run_record &r) { return r.fio.lat_p99_9; }),
		.usr_cpu = spread_by([](const run_record &r) { return r.fio.usr_cpu; }),
		.sys_cpu = spread_by([](const run_record &r) { return r.fio.sys_cpu; }),
		.interrupts_per_io = spread_by(interrupts_per_read),
		.polls_per_io = spread_by(polls_per_read),
	};

	for (const run_record &run : m.runs)
		if (run.what == what && !run.ok())
			s.failures.push_back(run.failure);
	return s;
}

comparison::outcome comparison::result() const
{
	if (!bounds || bounds->confidence < 0.9)
		return outcome::unknown;
	if (bounds->low > 1)
		return more_is_better ? outcome::better : outcome::worse;
	if (bounds->high < 1)
		return more_is_better ? outcome::worse : outcome::better;
	return outcome::no_difference;
}

std::string comparison::key() const
{
	return key_part(over) + "_over_" + key_part(under);
}

std::vector<comparison> compare_iops(const measurements &m)
{
	const named_metric &iops = compared_metrics().front();
	std::vector<comparison> list;

	for (const auto &[over, under] : {std::pair(dm_poll, dm_irq), std::pair(dm_poll, raw_poll),
					  std::pair(raw_poll, raw_irq), std::pair(dm_irq, raw_irq)})
		list.push_back(compared(m, {.metric = iops.name, .over = over, .under = under},
					iops.value));
	return list;
}

std::vector<comparison> compare_poll_with_irq(const measurements &m)
{
	std::vector<comparison> list;

	for (const auto &[poll, irq] : {std::pair(dm_poll, dm_irq), std::pair(raw_poll, raw_irq)})
		for (const auto &[name, more_is_better, value] : compared_metrics())
			list.push_back(compared(m,
						{
							.metric = name,
							.over = poll,
							.under = irq,
							.more_is_better = more_is_better,
						},
						value));
	return list;
}

poll_proof prove(const measurements &m, bench_case what)
{
	const auto runs = good_runs(m, what);
	poll_proof proof{
		.interrupts_per_io = most(runs, interrupts_per_read),
		.reads_per_hit = most(runs, reads_per_hit),
	};

	for (const run_record *run : runs) {
		if (run->polls)
			proof.poll_hits = proof.poll_hits.value_or(0) + run->polls->success;
		if (run->interrupts)
			proof.interrupts_polled_run =
				std::max(proof.interrupts_polled_run.value_or(0), *run->interrupts);
	}
	return proof;
}

} // namespace dmpoll
