// SPDX-License-Identifier: GPL-2.0
#include "report/summary.hpp"

#include <fmt/format.h>

namespace dmpoll
{

namespace
{

// More interrupts per read than this is no polling, however the device coalesces them.
constexpr double most_interrupts_per_io = 0.1;

// Without poll counters, so few that nothing but stray IO can have caused them.
constexpr double next_to_no_interrupts = 0.001;

// What one poll can find is bounded by the depth; some slack, for the counts are not atomic.
constexpr double reads_per_hit_slack = 1.5;

bool raw_was_polled(const measurements &m)
{
	const poll_proof raw = prove(m, raw_poll);

	return raw.poll_hits.value_or(0) > 0;
}

std::string likely_cause(const measurements &m)
{
	if (m.disk.poll_queues == 0)
		return fmt::format("{} shows no poll queues: boot with nvme.poll_queues=1 or more.",
				   m.disk.name);
	if (!m.disk.io_poll)
		return fmt::format("Polling of {} itself is switched off (queue/io_poll).",
				   m.disk.name);
	if (m.dm.io_poll == "0")
		return fmt::format("queue/io_poll of {} reads 0, so this kernel ({}) does not poll "
				   "device-mapper devices, or polling is switched off.",
				   m.dm.path, m.machine.kernel);
	if (raw_was_polled(m))
		return fmt::format("The raw disk was polled at the same time, so what is missing "
				   "is in device-mapper of this kernel ({}).",
				   m.machine.kernel);
	return fmt::format("The raw disk {} was not seen to be polled either.", m.disk.name);
}

verdict not_polled(const measurements &m, const std::string &evidence)
{
	return {polling::no, evidence + " " + likely_cause(m)};
}

// Against the same device with interrupts; catches a part of the reads left to interrupts.
bool as_many_interrupts_as_irq(const measurements &m, const poll_proof &proof)
{
	const auto irq = summarise(m, dm_irq).interrupts_per_io;

	return irq && irq->median > 0 && proof.interrupts_per_io &&
	       *proof.interrupts_per_io > irq->median / 2;
}

// For kernels that keep no poll counters (5.19 and newer).
verdict judge_by_interrupts(const measurements &m, const poll_proof &proof)
{
	const auto irq = summarise(m, dm_irq).interrupts_per_io;

	if (!proof.interrupts_per_io)
		return {polling::unknown, "Neither poll counters (debugfs) nor interrupts of "
					  "the disk could be read."};
	if (*proof.interrupts_per_io > next_to_no_interrupts || !irq ||
	    irq->median < 10 * next_to_no_interrupts)
		return {polling::unknown,
			fmt::format("Without poll counters (debugfs) only interrupts can tell, and "
				    "{:.4f} per read in polled runs do not decide it.",
				    *proof.interrupts_per_io)};
	return {polling::yes,
		fmt::format("No poll counters here, but polled runs took {:.4f} interrupts per "
			    "read where interrupt runs took {:.4f}.",
			    *proof.interrupts_per_io, irq->median)};
}

verdict judge_without_runs(const measurements &m)
{
	const case_summary polled = summarise(m, dm_poll);

	if (polled.failures.empty())
		return {polling::unknown, "There is no dm/poll run."};
	return not_polled(m, fmt::format("No polled read of {} succeeded: {}.", m.dm.path,
					 polled.failures.front()));
}

} // namespace

verdict judge(const measurements &m)
{
	const poll_proof proof = prove(m);

	if (summarise(m, dm_poll).good_runs == 0)
		return judge_without_runs(m);
	if (proof.poll_hits == 0)
		return not_polled(m, "No poll of the disk's hw queues found anything while fio "
				     "asked for polling on the dm device.");
	if (proof.interrupts_per_io > most_interrupts_per_io)
		return not_polled(m, fmt::format("Runs that asked for polling took up to {:.2f} "
						 "interrupts per read.",
						 *proof.interrupts_per_io));
	if (as_many_interrupts_as_irq(m, proof))
		return not_polled(m, "Runs that asked for polling took about as many interrupts "
				     "as those that did not.");
	if (!proof.poll_hits)
		return judge_by_interrupts(m, proof);
	if (*proof.reads_per_hit > m.job.queue_depth() * reads_per_hit_slack)
		return not_polled(m,
				  fmt::format("One poll can find at most {} reads, but there was "
					      "one poll hit per {:.0f}: most reads ended "
					      "otherwise.",
					      m.job.queue_depth(), *proof.reads_per_hit));
	return {polling::yes,
		fmt::format("{} polls of the disk's hw queues found completed reads; at most {} "
			    "interrupts in a polled run.",
			    *proof.poll_hits,
			    proof.interrupts_polled_run
				    ? std::to_string(*proof.interrupts_polled_run)
				    : std::string("an unknown number of"))};
}

} // namespace dmpoll
