// SPDX-License-Identifier: GPL-2.0
#include "isolate.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "error.hpp"
#include "fd.hpp"
#include "stage.hpp"

namespace dmpoll
{

namespace
{

using clock = std::chrono::steady_clock;

constexpr std::array stop_signals = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t stop_wanted = 0;

struct pipe_ends {
	unique_fd out;
	unique_fd in;
};

pipe_ends make_pipe()
{
	int fds[2];

	check_errno(::pipe2(fds, O_CLOEXEC), "make a pipe to the test process");
	return {unique_fd(fds[0]), unique_fd(fds[1])};
}

int milliseconds_to(clock::time_point deadline)
{
	using std::chrono::ceil;
	auto left = ceil<std::chrono::milliseconds>(deadline - clock::now()).count();

	return static_cast<int>(std::max<long>(left, 0));
}

// On the wire: one byte for the ending, then the text, then end of file.
void send(const unique_fd &pipe, const outcome &result)
{
	std::string bytes(1, static_cast<char>(result.how));
	std::size_t sent = 0;

	bytes += result.text;
	while (sent < bytes.size())
		sent += check_errno(::write(pipe.get(), &bytes[sent], bytes.size() - sent),
				    "send the outcome");
}

// True at end of file, false at the deadline or when told to stop.
bool receive(const unique_fd &pipe, std::string &bytes, clock::time_point deadline)
{
	while (!stop_requested()) {
		struct pollfd wait = {.fd = pipe.get(), .events = POLLIN, .revents = 0};
		char chunk[4096];
		int ready = ::poll(&wait, 1, milliseconds_to(deadline));

		if (ready == 0)
			return false;
		if (ready < 0)
			continue; // a signal: asked to stop?
		auto got =
			check_errno(::read(pipe.get(), chunk, sizeof(chunk)), "read the outcome");
		if (got == 0)
			return true;
		bytes.append(chunk, static_cast<std::size_t>(got));
	}
	return false;
}

[[noreturn]] void run_child(const std::function<outcome()> &test, const unique_fd &pipe)
{
	// A test must not outlive a driver that was killed, and leaves the end by
	// signals to the driver.
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int number : stop_signals)
		::signal(number, SIG_IGN);
	try {
		send(pipe, test());
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# test process: %s\n", error.what());
		std::_Exit(EXIT_FAILURE);
	}
	std::_Exit(EXIT_SUCCESS);
}

// The wait status once the process is dead, or -1 at the deadline.
int reap(pid_t pid, clock::time_point deadline)
{
	for (;;) {
		int status;

		if (check_errno(::waitpid(pid, &status, WNOHANG), "wait for a test process") == pid)
			return status;
		if (clock::now() >= deadline)
			return -1;
		::poll(nullptr, 0, 2);
	}
}

std::string describe_death(int status)
{
	if (WIFSIGNALED(status))
		return fmt::format("the test process died of SIG{}",
				   ::sigabbrev_np(WTERMSIG(status)));
	return fmt::format("the test process ended with status {} and no outcome",
			   WEXITSTATUS(status));
}

std::string describe_stage()
{
	auto place = current_place();

	return fmt::format("; it was {}{}{}", current_stage(), place.empty() ? "" : "\n", place);
}

outcome cut_short(const isolation &options)
{
	if (stop_requested())
		return {ending::failed, "got:    a signal to stop" + describe_stage()};
	return {ending::stalled, fmt::format("wanted: an end within {} s\ngot:    none{}",
					     options.limit.count(), describe_stage())};
}

outcome parse(const std::string &bytes, int status)
{
	if (bytes.empty())
		return {ending::crashed, "got:    " + describe_death(status) + describe_stage()};
	return {static_cast<ending>(bytes[0]), bytes.substr(1)};
}

isolated_result watch(pid_t pid, const unique_fd &pipe, const isolation &options)
{
	std::string bytes;

	if (!receive(pipe, bytes, clock::now() + options.limit)) {
		auto late = cut_short(options);

		::kill(pid, SIGKILL);
		options.rescue();
		return {late, reap(pid, clock::now() + options.grace) != -1};
	}
	int status = reap(pid, clock::now() + options.grace);

	return {parse(bytes, status), status != -1};
}

} // namespace

void catch_stop_signals()
{
	struct sigaction action = {};

	action.sa_handler = [](int) { stop_wanted = 1; }; // no SA_RESTART: poll must wake
	for (int number : stop_signals)
		check_errno(::sigaction(number, &action, nullptr), "catch signals");
}

bool stop_requested()
{
	return stop_wanted != 0;
}

std::string to_string(ending how)
{
	switch (how) {
	case ending::passed:
		return "passed";
	case ending::failed:
		return "failed";
	case ending::skipped:
		return "skipped";
	case ending::stalled:
		return "stalled";
	case ending::crashed:
		return "crashed";
	}
	return "?";
}

isolated_result run_isolated(const std::function<outcome()> &test, const isolation &options)
{
	auto pipe = make_pipe();

	clear_stage();
	std::fflush(nullptr); // or the child would print our buffers again
	pid_t pid = static_cast<pid_t>(check_errno(::fork(), "fork a test process"));

	if (pid == 0)
		run_child(test, pipe.in);
	pipe.in.reset();
	return watch(pid, pipe.out, options);
}

} // namespace dmpoll
