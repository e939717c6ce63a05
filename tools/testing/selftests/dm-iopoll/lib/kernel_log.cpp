// SPDX-License-Identifier: GPL-2.0
#include "kernel_log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <fcntl.h>

#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace
{

// "completion polled" is the NVMe driver finding, after 30 s, what nobody
// polled for: the very bug that looks like mere slowness.
constexpr std::array timeout_patterns = {
	"*timeout, completion polled*",
	"*timeout, aborting*",
	"*timeout, reset controller*",
	"*timeout, disable controller*",
};

constexpr std::array bad_patterns = {
	"*I/O error*",
	"*WARNING: *",
	"BUG: *",
	"*[!E]BUG: *", // not ODEBUG, which says how it is, too
	"*BUG [a-zA-Z0-9_]* (*): *", // SLUB's
	"*kernel BUG at*",
	"*Oops*",
	"*general protection fault*",
	"*INFO: task *blocked for more than*",
	"*rcu*detected*stall*",
	"*INFO: possible *",
	"*INFO: suspicious RCU usage*",
	"*INFO: trying to register non-static key*",
	"*DEBUG_LOCKS_WARN_ON*",
	"*turning off the locking correctness validator*",
	"*ODEBUG: *active state*",
	"*ODEBUG disabled*",
	"*kmemleak: Kernel memory leak detector disabled*",
	"*new suspected memory leaks*",
	"*soft lockup*",
	"*unreferenced object*",
};

bool matches_any(const auto &globs, const std::string &line)
{
	return std::any_of(globs.begin(), globs.end(),
			   [&](const char *glob) { return matches(glob, line); });
}

// "6,1234,5678,-;text\n KEY=value\n": the text.
std::string message_of(const std::string &record)
{
	auto begin = record.find(';');

	if (begin == record.npos)
		return {};
	return record.substr(begin + 1, record.find('\n', begin) - begin - 1);
}

// One record per read; nullopt at the end of the log.
std::optional<std::string> next_message(int fd)
{
	char record[8192];

	for (;;) {
		auto got = ::read(fd, record, sizeof(record));

		if (got >= 0)
			return message_of({record, static_cast<std::size_t>(got)});
		if (errno == EAGAIN)
			return std::nullopt;
		if (errno != EPIPE && errno != EINTR) // EPIPE: overwritten meanwhile, go on
			throw_errno(errno, "read /dev/kmsg");
	}
}

// Writers are rate limited per open file: a new one for each line.
void write_line(const std::string &text)
{
	auto writer = open_file("/dev/kmsg", O_WRONLY);
	auto line = text + "\n";

	check_errno(::write(writer.get(), line.data(), line.size()), "write /dev/kmsg");
}

} // namespace

bool tells_of_timeout(const std::string &line)
{
	return matches_any(timeout_patterns, line);
}

bool is_complaint(const std::string &line)
{
	return tells_of_timeout(line) || matches_any(bad_patterns, line);
}

kernel_log::kernel_log() : fd_(open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK)) {}

void kernel_log::mark(const std::string &text)
{
	check_errno(::lseek(fd_.get(), 0, SEEK_END), "seek /dev/kmsg");
	marked_ = text;
	write_line(text + ": begins");
}

std::vector<std::string> kernel_log::complaints(const std::vector<std::string> &allowed)
{
	std::vector<std::string> found;

	// Readers do not see a line that lacks its newline until another follows.
	write_line(marked_ + ": ended");
	while (auto line = next_message(fd_.get())) {
		bool fine = std::any_of(allowed.begin(), allowed.end(),
					[&](const auto &glob) { return matches(glob, *line); });

		if (!fine && is_complaint(*line))
			found.push_back(*line);
	}
	return found;
}

} // namespace dmpoll
