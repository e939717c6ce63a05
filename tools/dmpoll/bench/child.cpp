// SPDX-License-Identifier: GPL-2.0
#include "bench/child.hpp"

#include "lib/error.hpp"
#include "lib/fd.hpp"
#include "shared/subprocess.hpp"
#include "stop_signals.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

namespace dmpoll
{

namespace
{

using steady = std::chrono::steady_clock;

// A file without a name, for one end of the child. Unlike a pipe it needs nobody to drain it, so
// the wait for the child is the only wait.
class memory_file
{
public:
	explicit memory_file(const char *name) : fd_(memfd_create(name, MFD_CLOEXEC))
	{
		check_errno(fd_.get(), "make a file for a child's input or output");
	}

	int fd() const { return fd_.get(); }
	void fill(const std::string &text);
	std::string content() const;

private:
	unique_fd fd_;
};

void memory_file::fill(const std::string &text)
{
	for (std::size_t done = 0; done < text.size();)
		done += check_errno(pwrite(fd(), text.data() + done, text.size() - done, done),
				    "write a child's input");
}

std::string memory_file::content() const
{
	std::string text;
	char block[16384];

	while (const long n = check_errno(pread(fd(), block, sizeof(block), text.size()),
					  "read a child's output"))
		text.append(block, n);
	return text;
}

// Sleeps on the watched signals; a stop signal ends us, SIGCHLD just makes the loop look again.
void wait_until(subprocess::child &child, steady::time_point deadline)
{
	const sigset_t set = watched_signals();

	while (!child.poll()) {
		const auto left = deadline - steady::now();

		if (left <= left.zero())
			return;
		const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
		const timespec timeout{
			.tv_sec = seconds.count(),
			.tv_nsec = std::chrono::nanoseconds(left - seconds).count(),
		};
		const int number = sigtimedwait(&set, nullptr, &timeout);

		if (number > 0 && number != SIGCHLD)
			throw stopped(number);
	}
}

} // namespace

std::string child_result::ending() const
{
	return timed_out ? "no end within its time limit"
			 : subprocess::describe_status(wait_status);
}

child_result run_child(const std::vector<std::string> &command, const child_options &options)
{
	memory_file in("stdin"), out("stdout"), err("stderr");

	in.fill(options.input);
	subprocess::child child({.argv = command, .in = in.fd(), .out = out.fd(), .err = err.fd()});

	wait_until(child, steady::now() + options.limit);
	const bool timed_out = !child.poll();

	child.signal_group(SIGKILL);
	return {
		.wait_status = child.wait(),
		.timed_out = timed_out,
		.output = out.content(),
		.errors = err.content(),
	};
}

} // namespace dmpoll
