// SPDX-License-Identifier: GPL-2.0
#include "bench/machine.hpp"
#include "report/report.hpp"
#include "report/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dmpoll
{

namespace
{

const char *emulated_mark(const report &r)
{
	return r.measured.machine.emulated() ? " (emulated)" : "";
}

std::string bounds_text(const comparison &c)
{
	if (!c.bounds)
		return unknown_text;
	if (c.bounds->confidence == 0)
		return "one repeat, no interval";
	return fmt::format("{} to {}", ratio_text(c.bounds->low), ratio_text(c.bounds->high));
}

// ---- the first paragraph ----

std::string iops_sentence(const comparison &c)
{
	if (!c.ratio)
		return fmt::format("IOPS of {} over {} could not be measured.", name_of(c.over),
				   name_of(c.under));
	const bool decided = c.result() == comparison::outcome::better ||
			     c.result() == comparison::outcome::worse;

	return fmt::format("{} had {} times the IOPS of {} ({}, {} paired repeats{}).",
			   name_of(c.over), ratio_text(c.ratio->median), name_of(c.under),
			   bounds_text(c), c.ratio->count,
			   decided ? "" : ": no difference is shown");
}

std::string gain_sentence(const comparison &gain, const std::string &device)
{
	const std::string times = ratio_text(gain.ratio->median);

	switch (gain.result()) {
	case comparison::outcome::better:
		return fmt::format("With polling, {} did {} times the work that it did with "
				   "interrupts.",
				   device, times);
	case comparison::outcome::worse:
		return fmt::format("Polling lost: {} did {} times the work that it did with "
				   "interrupts.",
				   device, times);
	case comparison::outcome::no_difference:
		return fmt::format("Polling made no difference for {} that these repeats can show.",
				   device);
	case comparison::outcome::unknown:
		break;
	}
	return "There are too few repeats to say what polling gains (five at least).";
}

std::string emulated_sentence(const report &r)
{
	if (!r.measured.machine.emulated())
		return "";
	return fmt::format(" **These numbers are emulated** ({}): compare the cases with each "
			   "other, not with hardware.",
			   r.measured.machine.emulation);
}

std::string verdict_paragraph(const report &r)
{
	if (r.judged.result != polling::yes)
		return fmt::format("**{}**: {} No number below speaks for polling on "
				   "device-mapper.{}\n",
				   verdict_text(r.judged), r.judged.reason, emulated_sentence(r));
	return fmt::format("Reads of {} were polled: {} {} {}{}\n", r.measured.dm.path,
			   r.judged.reason, iops_sentence(r.ratios.at(0)),
			   iops_sentence(r.ratios.at(1)), emulated_sentence(r));
}

// ---- tables ----

std::string count_text(double count)
{
	return fmt::format("{:.3f}", count);
}

std::string per_cent_text(double value)
{
	return fmt::format("{:.0f} %", value);
}

std::string cpu_text(const case_summary &s)
{
	if (!s.usr_cpu || !s.sys_cpu)
		return unknown_text;
	return fmt::format("{:.0f} + {:.0f} %", s.usr_cpu->median, s.sys_cpu->median);
}

std::string case_row(const case_summary &s)
{
	return fmt::format("{} | {} | {} | {} | {} | {} | {}\n", name_of(s.what),
			   median_text(s.iops, iops_text), median_text(s.bandwidth, bandwidth_text),
			   median_text(s.lat_mean, latency_text),
			   median_text(s.lat_p99, latency_text),
			   median_text(s.interrupts_per_io, count_text), cpu_text(s));
}

std::string case_table(const report &r)
{
	std::string text = "test | iops | bw | avg lat | p99 | irq/IO | CPU\n"
			   "---- | ---- | ---- | ---- | ---- | ---- | ----\n";

	for (const case_summary &s : r.cases)
		text += case_row(s);
	return text + fmt::format("\nMedians of {} repeats of each test, interleaved. CPU is "
				  "fio's user + system share of one CPU; p99 starts where the "
				  "submission ends, avg lat where it begins.\n",
				  r.measured.repeats);
}

std::string spread_row(const case_summary &s)
{
	return fmt::format("{} | {} | {} | {} | {} | {} | {}\n", name_of(s.what), s.good_runs,
			   range_text(s.iops, iops_text), range_text(s.lat_mean, latency_text),
			   median_text(s.lat_p50, latency_text),
			   median_text(s.lat_p99_9, latency_text),
			   median_text(s.polls_per_io, count_text));
}

std::string spread_table(const report &r)
{
	std::string text = "test | runs | iops, min..max | avg lat, min..max | p50 | p99.9 | "
			   "polls/IO\n"
			   "---- | ---- | ---- | ---- | ---- | ---- | ----\n";

	for (const case_summary &s : r.cases)
		text += spread_row(s);
	return text;
}

std::string ratio_row(const comparison &c)
{
	return fmt::format("{} over {} | {} | {} | {} | {}\n", name_of(c.over), name_of(c.under),
			   median_text(c.ratio, ratio_text), bounds_text(c),
			   range_text(c.ratio, ratio_text),
			   c.bounds ? per_cent_text(100 * c.bounds->confidence) : unknown_text);
}

std::string ratio_table(const report &r)
{
	std::string text = "IOPS | ratio | interval of the median | min..max | confidence\n"
			   "---- | ---- | ---- | ---- | ----\n";

	for (const comparison &c : r.ratios)
		text += ratio_row(c);
	return text + "\nEach ratio is taken within one repeat; the interval is of order "
		      "statistics (sign test), and assumes no distribution.\n";
}

// ---- where polling loses ----

std::string comparison_item(const comparison &c)
{
	return fmt::format("- {}, {}: {} times that of {} ({})\n", name_of(c.over), c.metric,
			   ratio_text(c.ratio->median), name_of(c.under), bounds_text(c));
}

std::string items_with(const report &r, comparison::outcome wanted)
{
	std::string text;

	for (const comparison &c : r.poll_irq)
		if (c.ratio && c.result() == wanted)
			text += comparison_item(c);
	return text;
}

std::string losses(const report &r)
{
	const std::string worse = items_with(r, comparison::outcome::worse);
	const std::string equal = items_with(r, comparison::outcome::no_difference);
	const std::string unknown = items_with(r, comparison::outcome::unknown);
	std::string text = worse.empty() ? "In no metric was polling shown to be worse than "
					   "interrupts.\n"
					 : worse;

	if (r.judged.result != polling::yes)
		text = "dm/poll was not shown to be polled: what follows about it is no "
		       "statement on polling.\n\n" +
		       text;
	if (!equal.empty())
		text += "\nNo difference that these repeats can show:\n\n" + equal;
	if (!unknown.empty())
		text += "\nToo few repeats to say (five at least):\n\n" + unknown;
	return text;
}

// ---- proof ----

std::string value_text(const std::optional<double> &value)
{
	if (!value)
		return unknown_text;
	return std::isfinite(*value) ? fmt::format("{:.4g}", *value) : "none was successful";
}

std::string proof_list(const report &r)
{
	const std::string hits =
		r.proof.poll_hits ? std::to_string(*r.proof.poll_hits) : unknown_text;
	const std::string interrupts = r.proof.interrupts_polled_run
					       ? std::to_string(*r.proof.interrupts_polled_run)
					       : unknown_text;

	return fmt::format("- verdict: {}\n"
			   "- polls of hw queues that found something, in all dm/poll runs: {}\n"
			   "- interrupts of the disk's IO queues in a dm/poll run, at most: {} "
			   "({} per read)\n"
			   "- reads per successful poll, at most: {} (depth {})\n"
			   "- queue/io_poll of {}: {}\n",
			   verdict_text(r.judged), hits, interrupts,
			   value_text(r.proof.interrupts_per_io), value_text(r.proof.reads_per_hit),
			   r.measured.job.queue_depth(), r.measured.dm.path, r.measured.dm.io_poll);
}

// ---- how it was measured ----

std::string bullets(const std::vector<std::string> &lines)
{
	std::string text;

	for (const std::string &line : lines)
		text += "- " + line + "\n";
	return text;
}

std::string fio_version(const report &r)
{
	for (const run_record &run : r.measured.runs)
		if (run.ok())
			return run.fio.version;
	return "fio";
}

std::string how(const report &r)
{
	const measurements &m = r.measured;
	const fio_job job{.what = dm_poll, .device = m.dm.path, .settings = m.job};
	std::string text = bullets(describe(m.machine, m.disk));

	text += fmt::format("- dm table of {}: `{}`\n", m.dm.path, m.dm.table);
	text += fmt::format("- load: {}\n\nThe commands, in this order and backwards in turn:\n\n",
			    fio_version(r));
	for (bench_case what : all_cases)
		if (const auto found = m.commands.find(name_of(what)); found != m.commands.end())
			text += "    " + found->second + "\n";
	return text + fmt::format("\nThe dm/poll job; the others differ in `hipri` and "
				  "`filename` only:\n\n```\n{}```\n",
				  job_text(job));
}

std::string failures(const report &r)
{
	std::string text;

	for (const case_summary &s : r.cases)
		for (const std::string &failure : s.failures)
			text += fmt::format("- {}: {}\n", name_of(s.what), failure);
	return text;
}

std::string plots(const report &r)
{
	if (!std::ranges::any_of(r.cases, [](const case_summary &s) { return s.good_runs > 0; }))
		return "";
	return "\n![IOPS by test](plot-iops.svg)\n\n![Latency by test](plot-latency.svg)\n";
}

std::string section(const std::string &title, const std::string &body)
{
	return body.empty() ? "" : fmt::format("\n## {}\n\n{}", title, body);
}

std::string load_list(const report &r)
{
	if (!r.measured.load)
		return "";
	const host_load &load = *r.measured.load;

	return fmt::format("- before: {}\n- meanwhile: others used {:.2f} of {} CPUs, and a "
			   "hypervisor gave away {:.2f}\n",
			   load_text(load), load.others, load.cpus, load.steal);
}

} // namespace

std::string plain_verdict(const report &r)
{
	const std::string distrust = r.measured.load ? distrust_text(*r.measured.load) : "";

	if (!distrust.empty())
		return distrust;
	if (r.judged.result == polling::no)
		return fmt::format("{} is not polled.", r.measured.dm.path);
	if (r.judged.result != polling::yes)
		return fmt::format("Whether {} is polled cannot be told.", r.measured.dm.path);
	if (!r.ratios.at(0).ratio)
		return "There is nothing to compare polling with.";
	return gain_sentence(r.ratios.at(0), r.measured.dm.path);
}

std::string markdown_text(const report &r)
{
	return fmt::format("# Polled IO on device-mapper: {}{}\n\n", verdict_text(r.judged),
			   emulated_mark(r)) +
	       "**" + plain_verdict(r) + "**\n\n" + verdict_paragraph(r) + "\n" + case_table(r) +
	       plots(r) + section("Runs that failed", failures(r)) +
	       section("Ratios", ratio_table(r)) + section("Where polling loses", losses(r)) +
	       section("Spread", spread_table(r)) + section("Proof of polling", proof_list(r)) +
	       section("The machine meanwhile", load_list(r)) +
	       section("Warnings", bullets(r.measured.warnings)) +
	       section("How it was measured", how(r));
}

} // namespace dmpoll
