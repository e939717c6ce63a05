// SPDX-License-Identifier: GPL-2.0
#include "bench/fio_job.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

namespace dmpoll
{

namespace
{

using std::chrono::milliseconds;

constexpr std::pair<const char *, long> units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"", 1000},
};

long unit_in_ms(const std::string &unit, const std::string &text)
{
	for (const auto &[name, ms] : units)
		if (unit == name)
			return ms;
	throw std::invalid_argument("'" + text + "' is no duration: try 3s, 500ms or 1m");
}

} // namespace

milliseconds parse_duration(const std::string &text)
{
	const char *end = text.data() + text.size();
	long count = 0;
	const auto [rest, error] = std::from_chars(text.data(), end, count);
	const long unit = unit_in_ms(std::string(rest, end), text);

	if (error != std::errc() || count < 0 || count > std::numeric_limits<int>::max() / unit)
		throw std::invalid_argument("'" + text + "' is no duration: try 3s, 500ms or 1m");
	return milliseconds(count * unit);
}

std::string duration_text(milliseconds duration)
{
	const auto ms = duration.count();

	return ms % 1000 ? fmt::format("{}ms", ms) : fmt::format("{}s", ms / 1000);
}

std::string job_text(const fio_job &job)
{
	const job_settings &s = job.settings;
	const bool poll = job.what.how == completion::poll;

	return fmt::format("# {}: {} reads through io_uring, ended by {}. Run it again with\n"
			   "#   fio --readonly {}.fio\n"
			   "[global]\n"
			   "ioengine=io_uring\n"
			   "iodepth={}\n"
			   "numjobs={}\n"
			   "thread\n"
			   "rw=randread\n"
			   "direct=1\n"
			   "registerfiles=1\n"
			   "hipri={}\n"
			   "bs={}\n",
			   name_of(job.what), s.block_size, poll ? "polling" : "interrupts",
			   file_stem_of(job.what), s.iodepth, s.jobs, poll ? 1 : 0, s.block_size) +
	       (s.size.empty() ? "" : fmt::format("size={}\n", s.size)) +
	       fmt::format("runtime={}\n"
			   "time_based\n"
			   "ramp_time={}\n"
			   "group_reporting\n"
			   "randrepeat=0\n"
			   "\n"
			   "[device]\n"
			   "filename={}\n",
			   duration_text(s.runtime), duration_text(s.ramp), job.device);
}

std::vector<std::string> fio_command(const std::filesystem::path &job_file)
{
	return {"fio", "--readonly", "--eta=never", "--output-format=json", job_file.string()};
}

milliseconds time_limit(const job_settings &settings)
{
	return 2 * (settings.runtime + settings.ramp) + std::chrono::seconds(40);
}

} // namespace dmpoll
