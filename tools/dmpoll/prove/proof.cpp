// SPDX-License-Identifier: GPL-2.0
#include "prove/proof.hpp"

#include "lib/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace dmpoll
{

namespace
{

// What others may do on the disks meanwhile before counters say nothing about our reads.
constexpr double quiet_share = 0.1;
// An interrupt now and then may be of somebody else's IO.
constexpr double stray_share = 0.1;
// Polled for in vain: a core that waits for interrupts without sleeping.
constexpr unsigned spinning_percent = 50;

std::uint64_t requests_of_others(const phase_record &phase)
{
	return phase.requests > phase.asked ? phase.requests - phase.asked : 0;
}

bool is_quiet(const phase_record &phase)
{
	return double(requests_of_others(phase)) <= quiet_share * phase.asked;
}

// Fewer hits than reads is fine: one poll finds all that completed, at most what is in flight.
std::uint64_t least_hits(const phase_record &phase, std::uint32_t depth)
{
	return (phase.asked + depth - 1) / depth;
}

// Each request of a neighbour may have brought one, which nobody can tell from ours.
bool has_few_interrupts(const phase_record &phase)
{
	return !phase.interrupts ||
	       double(*phase.interrupts) <= stray_share * phase.asked + double(phase.neighbours);
}

bool has_quiet_neighbours(const phase_record &phase)
{
	return double(phase.neighbours) <= quiet_share * phase.asked;
}

polling by_counters(const phase_record &phase, std::uint32_t depth)
{
	if (!phase.hits)
		return polling::unknown;
	if (*phase.hits == 0)
		return polling::no;
	if (!is_quiet(phase) || *phase.hits < least_hits(phase, depth))
		return polling::unknown;
	// of reads one by one, each was found by a poll, whatever interrupts came besides
	const bool enough = has_quiet_neighbours(phase) ? has_few_interrupts(phase) : depth == 1;

	return enough ? polling::yes : polling::unknown;
}

// With a busy neighbour interrupts tell nothing, but polls did find reads: then those that waited
// until they were polled for decide.
bool hold_decides(const phase_record &phase, std::uint32_t depth)
{
	return !phase.hits || (is_quiet(phase) && !has_quiet_neighbours(phase) &&
			       *phase.hits >= least_hits(phase, depth));
}

polling by_hold(const hold_record &hold)
{
	if (hold.trials == 0)
		return polling::unknown;
	if (hold.held == 0)
		return polling::no;
	return hold.held == hold.trials ? polling::yes : polling::unknown;
}

// For kernels that count no polls. Interrupts count only if the comparison shows that they do.
polling by_interrupts(const phase_record &phase, const phase_record &plain)
{
	if (!phase.interrupts || !plain.interrupts || *plain.interrupts == 0 || !is_quiet(phase) ||
	    !has_quiet_neighbours(phase) || !has_quiet_neighbours(plain))
		return polling::unknown;
	return *phase.interrupts == 0      ? polling::yes
	       : has_few_interrupts(phase) ? polling::unknown
					   : polling::no;
}

// The connection completes what no poll has found: few hits say nothing then, nor does a read that
// did not wait for a poll. But nobody polls hw queues for reads that are not polled.
polling by_polls(const phase_record &phase)
{
	if (!phase.polls || !is_quiet(phase))
		return polling::unknown;
	return *phase.polls ? polling::yes : polling::no;
}

// ", 9 polls"; nothing for what is not counted.
std::string counted(const std::optional<std::uint64_t> &value, const char *what)
{
	return value ? fmt::format(", {} {}", *value, what) : "";
}

std::string evidence(const phase_record &phase)
{
	return fmt::format("{} reads{}{}, {} % CPU", phase.completed,
			   counted(phase.hits, "polls that found some"),
			   counted(phase.interrupts, "interrupts"), phase.cpu_percent());
}

proof_verdict completed_by_interrupt(const phase_record &phase)
{
	const bool spun = phase.cpu_percent() >= spinning_percent;

	return {io_fate::interrupt,
		(spun ? "spinning on interrupts: " : "by interrupt: ") + evidence(phase)};
}

proof_verdict undecided(const phase_record &phase)
{
	if (!is_quiet(phase))
		return {io_fate::unknown,
			fmt::format("other programs use the disks ({} requests of theirs); try "
				    "again when it is quieter",
				    requests_of_others(phase))};
	if (!has_quiet_neighbours(phase))
		return {io_fate::unknown,
			fmt::format("other programs use namespaces of the same NVMe controller ({} "
				    "requests of theirs); try again when it is quieter",
				    phase.neighbours)};
	return {io_fate::unknown, "the evidence is mixed: " + evidence(phase)};
}

// What needs no counters; fate unknown: it does.
proof_verdict judge_ending(const phase_record &phase)
{
	if (phase.asked == 0)
		return {io_fate::unknown, "not tried"};
	if (phase.error == EOPNOTSUPP)
		return {io_fate::refused, "refused with EOPNOTSUPP"};
	if (phase.stalled)
		return {io_fate::stalls,
			fmt::format(
				"{} of {} reads completed, then none for {} s: nobody polls for "
				"them where they are",
				phase.completed, phase.asked, stall_limit.count())};
	if (phase.error)
		return {io_fate::unknown,
			fmt::format("reads failed: {} ({})", errno_name(phase.error),
				    std::strerror(phase.error))};
	return {};
}

polling decide(const proof_record &record, const phase_record &phase, polling held,
	       std::uint32_t depth)
{
	if (record.over_tcp)
		return by_polls(phase);
	const polling counted = by_counters(phase, depth);
	const polling interrupted = by_interrupts(phase, record.plain);

	if (counted == polling::no)
		return polling::no;
	if (counted == polling::yes)
		return held == polling::no ? polling::unknown : polling::yes;
	if (!hold_decides(phase, depth)) // counted, and neither way
		return polling::unknown;
	if (held == polling::unknown || interrupted == polling::unknown)
		return interrupted == polling::unknown ? held : interrupted;
	return held == interrupted ? held : polling::unknown;
}

proof_verdict judge_phase(const proof_record &record, const phase_record &phase, polling held,
			  std::uint32_t depth)
{
	const proof_verdict ending = judge_ending(phase);

	if (!ending.reason.empty())
		return ending;
	if (record.disks == 0)
		return {io_fate::interrupt, "no disk is below: what is there answers by itself"};
	if (phase.requests == 0)
		return {io_fate::unknown,
			"no read reached a disk; is there data (a file may have holes)?"};
	switch (decide(record, phase, held, depth)) {
	case polling::yes:
		return {io_fate::polled,
			evidence(phase) + (record.over_tcp
						   ? "; the TCP connection completes the others"
						   : "")};
	case polling::no:
		return completed_by_interrupt(phase);
	case polling::unknown:
		break;
	}
	return undecided(phase);
}

} // namespace

unsigned phase_record::cpu_percent() const
{
	return elapsed_us ? static_cast<unsigned>(100.0 * double(cpu_us) / double(elapsed_us)) : 0;
}

proof_verdict judge_async(const proof_record &record)
{
	return judge_phase(record, record.async, by_hold(record.hold), record.depth);
}

// Nobody can look at a synchronous read before it is polled for.
proof_verdict judge_sync(const proof_record &record)
{
	return judge_phase(record, record.sync, polling::unknown, 1);
}

} // namespace dmpoll
