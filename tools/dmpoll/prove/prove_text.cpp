// SPDX-License-Identifier: GPL-2.0
#include "prove/prove.hpp"

#include "check/attribute.hpp"
#include "prove/proof_io.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

namespace dmpoll
{

namespace
{

std::string short_text(io_fate fate)
{
	switch (fate) {
	case io_fate::polled:
		return "polled";
	case io_fate::interrupt:
		return "by interrupt";
	case io_fate::refused:
		return "refused (EOPNOTSUPP)";
	case io_fate::stalls:
		return "STALLS";
	default:
		return "cannot tell";
	}
}

std::string count_text(const std::optional<std::uint64_t> &count)
{
	return count ? std::to_string(*count) : "?";
}

std::string phase_line(const char *way, const phase_record &phase, const std::string &ending)
{
	if (phase.asked == 0)
		return fmt::format("{:<20}  not tried\n", way);
	return fmt::format("{:<20}  {:>5}  {:>8}  {:>9}  {:>10}  {:>4} %{}\n", way, phase.completed,
			   phase.requests, count_text(phase.hits), count_text(phase.interrupts),
			   phase.cpu_percent(), ending.empty() ? "" : "  " + ending);
}

std::string coloured_fate(io_fate fate, const text_options &options)
{
	return coloured(short_text(fate), colour_of(verdict_of(fate)), options.colours);
}

std::string hold_line(const hold_record &hold)
{
	if (hold.trials == 0)
		return "";
	return fmt::format("{} of {} reads of the ring stayed at the disks for {} ms while nobody "
			   "polled\n",
			   hold.held, hold.trials, hold.wait_ms);
}

// Where looking and measuring differ, somebody should know.
std::string comparison_line(const prove_result &result)
{
	return fmt::format("dmpoll check says: {}{}\n", sentence_of(result.expected),
			   result.agrees() ? "" : "  <- IT IS NOT SO");
}

} // namespace

std::string sentence_of(const prove_result &result)
{
	if (!result.ended)
		return "not polled: some read never ended, and keeps a process waiting";
	return fmt::format("{}: {}", polling_text(result.verdict()), result.async.reason);
}

std::string prove_text(const prove_result &result, const text_options &options)
{
	const proof_record &record = result.record;
	std::string text = fmt::format("{}: {} reads of {} bytes in each way, {} in flight in the "
				       "ring\n\n",
				       printable(result.asked.argument), result.asked.reads,
				       proof_block_size, result.asked.depth);

	text += fmt::format("{:<20}  {:>5}  {:>8}  {:>9}  {:>10}  {:>6}  {}\n", "WAY", "READS",
			    "REQUESTS", "POLL HITS", "INTERRUPTS", "CPU", "WHAT HAPPENED");
	text += phase_line("plain reads", record.plain, "");
	text += phase_line("IORING_SETUP_IOPOLL", record.async,
			   coloured_fate(result.async.fate, options));
	text += phase_line("RWF_HIPRI", record.sync, coloured_fate(result.sync.fate, options));
	text += "\n" + hold_line(record.hold);
	text += coloured(sentence_of(result), colour_of(verdict_of(result.async.fate)),
			 options.colours) +
		"\n";
	if (!result.expected.found.rules.sync_is_polled())
		text += "(Linux 5.19 and later ignore RWF_HIPRI on every device.)\n";
	return text + comparison_line(result);
}

} // namespace dmpoll
