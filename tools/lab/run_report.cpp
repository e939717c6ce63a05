// SPDX-License-Identifier: GPL-2.0
#include "run_report.hpp"
#include "process.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <regex>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

std::string describe_end(const guest_outcome &o)
{
	if (o.interrupted)
		return fmt::format("interrupted by {}", strsignal(*o.interrupted));
	if (o.limit)
		return *o.limit == guest_limit::silence
			       ? "TIMEOUT: neither the console nor the command said anything for "
				 "the whole silence limit (--silence); blocked tasks, all tasks "
				 "and the CPUs' stacks were asked for on the console"
			       : "TIMEOUT: the run reached its total limit (--timeout); blocked "
				 "tasks, all tasks and the CPUs' stacks were asked for on the "
				 "console";
	if (!o.guest_error.empty())
		return "GUEST LOST: its init said: " + o.guest_error;
	if (!o.exit_code && !o.signal)
		return fmt::format("GUEST LOST: QEMU: {}, and the command's status never came",
				   describe_status(o.qemu_status));
	if (o.console.lost())
		return "GUEST LOST: the kernel log shows a fatal fault";
	if (o.signal)
		return fmt::format("the command was ended by signal {} ({})", *o.signal,
				   strsignal(*o.signal));
	if (*o.exit_code != 0)
		return fmt::format("the command exited with {}", *o.exit_code);
	return o.console.clean() ? "the command passed"
				 : "FAILED: the command passed, but the kernel log is not clean";
}

void report_findings(const guest_outcome &outcome)
{
	constexpr std::size_t most = 20;
	const auto &findings = outcome.console.findings();
	if (findings.empty())
		return;
	say(fmt::format("lab: the kernel log is not clean, {} line(s):", findings.size()));
	for (std::size_t i = 0; i < findings.size() && i < most; ++i)
		say("lab:   " + findings[i].line);
	if (findings.size() > most)
		say(fmt::format("lab:   ... and {} more", findings.size() - most));
}

void report_tail(const console_scan &console)
{
	if (!console.tail().empty())
		say("lab: last lines of the console:");
	for (const auto &line : console.tail())
		say("lab:   " + line);
}

void report_trouble(const guest_outcome &outcome, const fs::path &console)
{
	report_findings(outcome);
	if (!outcome.exit_code || !outcome.console.clean())
		report_tail(outcome.console);
	if (!outcome.console.fault_trace().empty())
		say(fmt::format("lab: the kernel was at {}",
				fmt::join(outcome.console.fault_trace(), " < ")));
	if (!outcome.qemu_errors.empty())
		say("lab: QEMU said: " +
		    outcome.qemu_errors.substr(0, outcome.qemu_errors.find_last_not_of('\n') + 1));
	say("lab: the whole console is in " + console.string());
}

} // namespace

verdict judge(const guest_outcome &o)
{
	if (o.interrupted)
		return verdict::interrupted;
	if (o.limit)
		return verdict::timed_out;
	if ((!o.exit_code && !o.signal) || o.console.lost())
		return verdict::guest_lost;
	if (!o.console.clean() || o.signal)
		return verdict::failed;
	if (*o.exit_code == 0)
		return verdict::pass;
	return *o.exit_code == static_cast<int>(verdict::skip) ? verdict::skip : verdict::failed;
}

bool died_of_emulation(const guest_outcome &o, const fs::path &console)
{
	static const std::regex early_timer("RIP: 0010:mask_ioapic_irq\\+");
	static const std::regex int3("\\bint3: 0000 \\[#1\\]");
	static const std::regex no_int3("Code: .*\\b(?!cc)[0-9a-f]{2} <");
	if (judge(o) != verdict::guest_lost || o.boot.count() > 0 || !o.guest_error.empty())
		return false;
	std::ifstream log(console);
	bool was_int3 = false;
	for (std::string line; std::getline(log, line);) {
		if (std::regex_search(line, early_timer))
			return true;
		was_int3 = was_int3 || std::regex_search(line, int3);
		if (was_int3 && line.find("Code: ") != line.npos)
			return std::regex_search(line, no_int3);
	}
	return false;
}

bool needs_explanation(verdict result)
{
	return result != verdict::pass && result != verdict::skip && result != verdict::interrupted;
}

void report(const guest_outcome &outcome, const fs::path &console)
{
	say(fmt::format("lab: {} ({:.1f} s, boot {:.1f} s)", describe_end(outcome),
			outcome.elapsed.count() / 1e3, outcome.boot.count() / 1e3));
	if (needs_explanation(judge(outcome)))
		report_trouble(outcome, console);
}

void say(std::string_view text)
{
	fmt::print(stderr, "{}\n", text);
	std::fflush(stderr);
}

} // namespace lab
