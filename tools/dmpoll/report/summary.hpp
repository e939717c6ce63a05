// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/measurement.hpp"
#include "check/fate.hpp"
#include "report/statistics.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// What the good runs of one case say; a member without a value was never measured.
struct case_summary {
	bench_case what{};
	unsigned good_runs = 0;
	std::vector<std::string> failures{};
	std::optional<spread> iops{};
	std::optional<spread> bandwidth{}; // bytes per second
	std::optional<spread> lat_mean{};  // nanoseconds, as all latencies
	std::optional<spread> lat_p50{};
	std::optional<spread> lat_p99{};
	std::optional<spread> lat_p99_9{};
	std::optional<spread> usr_cpu{}; // per cent
	std::optional<spread> sys_cpu{};
	std::optional<spread> interrupts_per_io{};
	std::optional<spread> polls_per_io{}; // hctx polls invoked
};

case_summary summarise(const measurements &m, bench_case what);

// A case over another, run by run of the same repeat.
struct comparison {
	std::string metric{}; // "iops", "avg lat", "p99", "cpu"
	bench_case over{};    // the numerator
	bench_case under{};
	bool more_is_better = true;
	std::optional<spread> ratio{};
	std::optional<interval> bounds{}; // of the ratio's median

	enum class outcome { unknown, better, worse, no_difference };

	// Better and worse only when the whole interval is on one side of 1; unknown also when the
	// repeats are too few (under five) for such a statement.
	outcome result() const;

	// "dm_poll_over_dm_irq"
	std::string key() const;
};

// The four ratios of IOPS: poll/irq on dm and on raw, dm/raw with poll and with irq.
std::vector<comparison> compare_iops(const measurements &m);

// Poll over irq in every metric, on dm and on raw: where polling loses, it shows here.
std::vector<comparison> compare_poll_with_irq(const measurements &m);

// Evidence from the dm/poll runs, each member without a value when there is none.
struct poll_proof {
	std::optional<std::uint64_t> poll_hits{}; // all runs: polls that found something
	std::optional<std::uint64_t> interrupts_polled_run{}; // most in one run
	std::optional<double> interrupts_per_io{};            // most in one run
	std::optional<double> reads_per_hit{};                // most in one run; infinite: no hits
};

poll_proof prove(const measurements &m, bench_case what = dm_poll);

struct verdict {
	polling result = polling::unknown;
	std::string reason{}; // one or two sentences
};

// Was the dm device really polled? Never taken on trust: no evidence is "cannot tell".
verdict judge(const measurements &m);

} // namespace dmpoll
