// SPDX-License-Identifier: GPL-2.0
#include "child.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "error.hpp"
#include "patience.hpp"
#include "stage.hpp"
#include "text.hpp"
#include "verdict.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds death_limit{40};

// On the wire: three texts, each with a NUL after it; the first one is empty
// for what is no mismatch. Nothing at all: @body returned.
void send(int pipe, const mismatch &bad)
{
	for (const auto &text : {bad.what, bad.got, bad.wanted})
		if (::write(pipe, text.c_str(), text.size() + 1) < 0)
			std::perror("# report to the test");
}

[[noreturn]] void run_child(const std::function<void()> &body, int pipe)
{
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	try {
		body();
	} catch (const mismatch &bad) {
		send(pipe, bad);
	} catch (const std::exception &error) {
		send(pipe, {"", error.what(), ""});
	}
	std::_Exit(EXIT_SUCCESS);
}

std::string read_rest(int pipe)
{
	std::string bytes;
	char chunk[1024];

	for (;;) {
		auto got = check_errno(::read(pipe, chunk, sizeof(chunk)), "read a report");

		if (got == 0)
			return bytes;
		bytes.append(chunk, static_cast<std::size_t>(got));
	}
}

[[noreturn]] void throw_report(const std::string &what, const std::string &bytes)
{
	std::vector<std::string> texts(1);

	for (char each : bytes) {
		if (each == '\0')
			texts.emplace_back();
		else
			texts.back() += each;
	}
	texts.resize(3);
	if (texts[0].empty())
		throw std::runtime_error(what + ": " + texts[1]);
	throw mismatch{texts[0], texts[1], texts[2]};
}

} // namespace

child_process::child_process(std::string what, const std::function<void()> &body)
    : what_(std::move(what))
{
	int fds[2];

	check_errno(::pipe2(fds, O_CLOEXEC), "make a pipe to " + what_);
	pipe_ = unique_fd(fds[0]);
	unique_fd in(fds[1]);
	std::fflush(nullptr); // or the child would print our buffers again
	pid_ = static_cast<pid_t>(check_errno(::fork(), "fork " + what_));
	if (pid_ == 0)
		run_child(body, in.get());
}

child_process::~child_process()
{
	if (reaped_)
		return;
	set_stage("killing " + what_);
	::kill(pid_, SIGKILL);
	if (!ended_within(death_limit))
		std::fprintf(stderr, "# %s does not end even when killed\n", what_.c_str());
}

void child_process::stop()
{
	int status;

	check_errno(::kill(pid_, SIGSTOP), "stop " + what_);
	check_errno(::waitpid(pid_, &status, WUNTRACED), "wait until stopped: " + what_);
	if (!WIFSTOPPED(status)) {
		reaped_ = true;
		throw mismatch{"state of " + what_, "ended", "stopped"};
	}
}

void child_process::go_on()
{
	check_errno(::kill(pid_, SIGCONT), "continue " + what_);
}

void child_process::kill()
{
	check_errno(::kill(pid_, SIGKILL), "kill " + what_);
}

bool child_process::waits_within(std::chrono::milliseconds limit)
{
	auto deadline = clock::now() + patient(limit);

	for (int seen = 0; clock::now() < deadline; std::this_thread::sleep_for(5ms)) {
		auto text = read_text(fmt::format("/proc/{}/stat", pid_));

		seen = text[text.rfind(')') + 2] == 'D' ? seen + 1 : 0;
		if (seen == 3)
			return true;
	}
	return false;
}

bool child_process::ended_within(std::chrono::milliseconds limit)
{
	auto deadline = clock::now() + patient(limit);
	int status;

	while (!reaped_) {
		reaped_ = ::waitpid(pid_, &status, WNOHANG) == pid_;
		if (!reaped_ && clock::now() >= deadline)
			return false;
		if (!reaped_)
			::poll(nullptr, 0, 1);
	}
	return true;
}

void child_process::finish(std::chrono::milliseconds limit)
{
	set_stage("waiting for the end of " + what_);
	if (!ended_within(limit))
		throw mismatch{"end of " + what_,
			       fmt::format("none within {} ms", patient(limit).count()), "an end"};
	auto bytes = read_rest(pipe_.get());

	if (!bytes.empty())
		throw_report(what_, bytes);
}

} // namespace dmpoll
