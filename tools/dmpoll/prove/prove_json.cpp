// SPDX-License-Identifier: GPL-2.0
#include "prove/prove.hpp"

#include "check/fate.hpp"

#include <nlohmann/json.hpp>

namespace dmpoll
{

namespace
{

using json = nlohmann::ordered_json;

json or_null(const std::optional<std::uint64_t> &value)
{
	return value ? json(*value) : json();
}

json phase_json(const phase_record &phase)
{
	if (phase.asked == 0)
		return {};
	return {{"reads", phase.asked},
		{"completed", phase.completed},
		{"errno", phase.error},
		{"stalled", phase.stalled},
		{"elapsed_us", phase.elapsed_us},
		{"cpu_us", phase.cpu_us},
		{"requests", phase.requests},
		{"interrupts", or_null(phase.interrupts)},
		{"poll_hits", or_null(phase.hits)},
		{"polls", or_null(phase.polls)}};
}

json phase_json(const phase_record &phase, const proof_verdict &judged)
{
	json all = phase_json(phase);

	if (!all.is_null()) {
		all["what_happened"] = fate_name(judged.fate);
		all["reason"] = judged.reason;
	}
	return all;
}

} // namespace

std::string prove_json(const prove_result &result)
{
	const proof_record &record = result.record;
	const json all{{"format", "dmpoll-proof"},
		       {"version", 1},
		       {"argument", result.asked.argument},
		       {"verdict", polling_text(result.verdict())},
		       {"sentence", sentence_of(result)},
		       {"check", polling_text(result.expected.verdict())},
		       {"check_sentence", sentence_of(result.expected)},
		       {"agrees", result.agrees()},
		       {"depth", record.depth},
		       {"plain", phase_json(record.plain)},
		       {"held",
			{{"trials", record.hold.trials},
			 {"held", record.hold.held},
			 {"wait_ms", record.hold.wait_ms}}},
		       {"iopoll", phase_json(record.async, result.async)},
		       {"hipri", phase_json(record.sync, result.sync)}};

	return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace dmpoll
