// SPDX-License-Identifier: GPL-2.0
#include "report/report.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace dmpoll
{

using json = nlohmann::ordered_json;

namespace
{

template <typename T> json or_null(const std::optional<T> &value)
{
	return value ? json(*value) : json(nullptr);
}

// JSON has no infinity; "no hit at all" is null with poll_hits 0 beside it.
json finite_or_null(const std::optional<double> &value)
{
	return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json spread_json(const std::optional<spread> &s)
{
	if (!s)
		return nullptr;
	return {{"median", s->median}, {"min", s->min}, {"max", s->max}, {"runs", s->count}};
}

json case_json(const case_summary &s)
{
	return {
		{"good_runs", s.good_runs},
		{"failures", s.failures},
		{"iops", spread_json(s.iops)},
		{"bw_bytes", spread_json(s.bandwidth)},
		{"lat_mean_ns", spread_json(s.lat_mean)},
		{"lat_p50_ns", spread_json(s.lat_p50)},
		{"lat_p99_ns", spread_json(s.lat_p99)},
		{"lat_p99_9_ns", spread_json(s.lat_p99_9)},
		{"usr_cpu", spread_json(s.usr_cpu)},
		{"sys_cpu", spread_json(s.sys_cpu)},
		{"interrupts_per_io", spread_json(s.interrupts_per_io)},
		{"polls_per_io", spread_json(s.polls_per_io)},
	};
}

json cases_json(const report &r)
{
	json cases = json::object();

	for (const case_summary &s : r.cases)
		cases[name_of(s.what)] = case_json(s);
	return cases;
}

json interval_json(const std::optional<interval> &bounds)
{
	return bounds ? json::array({bounds->low, bounds->high}) : json(nullptr);
}

// One flat number per ratio, for scripts; what surrounds it is in siblings.
json ratios_json(const report &r)
{
	json ratios = json::object();

	for (const comparison &c : r.ratios) {
		const std::string key = c.key();

		ratios[key] = c.ratio ? json(c.ratio->median) : json(nullptr);
		ratios[key + "_interval"] = interval_json(c.bounds);
		ratios[key + "_confidence"] = c.bounds ? json(c.bounds->confidence) : json(nullptr);
		ratios[key + "_spread"] = spread_json(c.ratio);
	}
	return ratios;
}

const char *outcome_name(comparison::outcome result)
{
	switch (result) {
	case comparison::outcome::better:
		return "better";
	case comparison::outcome::worse:
		return "worse";
	case comparison::outcome::no_difference:
		return "no difference";
	case comparison::outcome::unknown:
		break;
	}
	return "unknown";
}

json comparisons_json(const report &r)
{
	json list = json::array();

	for (const comparison &c : r.poll_irq)
		list.push_back({
			{"metric", c.metric},
			{"case", name_of(c.over)},
			{"over", name_of(c.under)},
			{"ratio", spread_json(c.ratio)},
			{"interval", interval_json(c.bounds)},
			{"result", outcome_name(c.result())},
		});
	return list;
}

json proof_json(const report &r)
{
	return {
		{"verdict", verdict_text(r.judged)},
		{"reason", r.judged.reason},
		{"poll_hits", or_null(r.proof.poll_hits)},
		{"interrupts_polled_run", or_null(r.proof.interrupts_polled_run)},
		{"interrupts_per_io", or_null(r.proof.interrupts_per_io)},
		{"reads_per_hit", finite_or_null(r.proof.reads_per_hit)},
	};
}

} // namespace

std::string json_text(const report &r)
{
	// The machine, disk, job and the like are as in measurements.json.
	json out = {
		{"format", "dmpoll-report"},
		{"version", 1},
		{"polled", r.judged.result == polling::yes},
		{"emulated", r.measured.machine.emulated()},
		{"ratios", ratios_json(r)},
		{"proof", proof_json(r)},
		{"cases", cases_json(r)},
		{"poll_over_irq", comparisons_json(r)},
	};
	const json measured = json::parse(to_json_text(r.measured));

	for (const char *key :
	     {"machine", "disk", "dm", "job", "repeats", "commands", "warnings", "load"})
		out[key] = measured.at(key);
	return out.dump(1, '\t') + "\n";
}

} // namespace dmpoll
