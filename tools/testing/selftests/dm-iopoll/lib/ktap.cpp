// SPDX-License-Identifier: GPL-2.0
#include "ktap.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

ktap_writer::ktap_writer(const std::string &log) : log_(nullptr, &std::fclose)
{
	if (log.empty())
		return;
	log_.reset(std::fopen(log.c_str(), "we"));
	if (!log_)
		throw_errno(errno, fmt::format("cannot write the log {}; name another file", log));
}

// Flushed line by line: whoever reads us sees how far we came if we hang.
void ktap_writer::line(const std::string &text)
{
	for (std::FILE *out : {stdout, log_.get()}) {
		if (!out)
			continue;
		fmt::print(out, "{}\n", text);
		if (std::fflush(out))
			throw_errno(errno, "write results");
	}
}

void ktap_writer::header()
{
	if (!begun_)
		line("KTAP version 1");
	begun_ = true;
}

void ktap_writer::plan(std::size_t tests)
{
	header();
	line(fmt::format("1..{}", tests));
}

void ktap_writer::skip_all(const std::string &reason)
{
	header();
	line("1..0 # SKIP " + reason);
}

void ktap_writer::passed(const std::string &name)
{
	counts_.passed++;
	line(fmt::format("ok {} {}", ++number_, name));
}

void ktap_writer::failed(const std::string &name)
{
	counts_.failed++;
	line(fmt::format("not ok {} {}", ++number_, name));
}

void ktap_writer::skipped(const std::string &name, const std::string &reason)
{
	counts_.skipped++;
	line(fmt::format("ok {} {} # SKIP {}", ++number_, name, reason));
}

void ktap_writer::bail_out(const std::string &reason)
{
	line("Bail out! " + reason);
}

void ktap_writer::note(const std::string &text)
{
	header();
	for (const auto &each : split_lines(text))
		line(each.empty() ? "#" : "# " + each);
}

void ktap_writer::totals()
{
	note(fmt::format("Totals: pass:{} fail:{} skip:{}", counts_.passed, counts_.failed,
			 counts_.skipped));
}

} // namespace dmpoll
