// SPDX-License-Identifier: GPL-2.0
#include "bench/child.hpp"

#include "lib/error.hpp"
#include "lib/fd.hpp"
#include "stop_signals.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace dmpoll
{

namespace
{

using steady = std::chrono::steady_clock;

/*
 * A file without a name, for one end of the child. Unlike a pipe it needs nobody to drain it, so
 * the wait for the child is the only wait.
 */
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

/* What the child needs between fork and exec; made before the fork, for nothing may allocate there.
 */
struct launch_plan {
	std::vector<char *> argv;
	const char *directory;
	pid_t parent;
	int in, out, err;
	int failure; // pipe end for the errno of a failed exec
};

[[noreturn]] void become_program(const launch_plan &plan)
{
	const sigset_t watched = watched_signals();
	const bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == plan.parent &&
			   setpgid(0, 0) == 0 && dup2(plan.in, STDIN_FILENO) >= 0 &&
			   dup2(plan.out, STDOUT_FILENO) >= 0 &&
			   dup2(plan.err, STDERR_FILENO) >= 0 &&
			   (!*plan.directory || chdir(plan.directory) == 0) &&
			   sigprocmask(SIG_UNBLOCK, &watched, nullptr) == 0;

	if (ready)
		execvp(plan.argv[0], plan.argv.data());
	const int error = errno;
	const ssize_t written = write(plan.failure, &error, sizeof(error));

	_exit(written < 0 ? 126 : 127);
}

/* A started child: killed and reaped if nobody has waited for it to end. */
class running_child
{
public:
	explicit running_child(const launch_plan &plan) : pid_(fork())
	{
		check_errno(pid_, "fork");
		if (pid_ == 0)
			become_program(plan);
	}
	running_child(const running_child &) = delete;
	running_child &operator=(const running_child &) = delete;
	~running_child() { kill_and_reap(); }

	bool has_ended();
	void wait_until(steady::time_point deadline);
	void kill_and_reap();
	int wait_status() const { return status_; }

private:
	pid_t pid_;
	int status_ = 0;
};

bool running_child::has_ended()
{
	if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_)
		pid_ = -1;
	return pid_ < 0;
}

/* Sleeps on the watched signals; a stop signal ends us, SIGCHLD just makes the loop look again. */
void running_child::wait_until(steady::time_point deadline)
{
	const sigset_t set = watched_signals();

	while (!has_ended()) {
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

void running_child::kill_and_reap()
{
	if (pid_ < 0)
		return;
	kill(pid_, SIGKILL);
	while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR)
		;
	pid_ = -1;
}

/* A pipe that closes at exec: what can be read from it is why exec failed. */
class exec_failure
{
public:
	exec_failure()
	{
		int ends[2];

		check_errno(pipe2(ends, O_CLOEXEC), "make a pipe");
		read_end_ = unique_fd(ends[0]);
		write_end_ = unique_fd(ends[1]);
	}

	int write_end() const { return write_end_.get(); }

	/* Blocks until exec has happened (0) or failed (its errno). */
	int reason()
	{
		int error = 0;

		write_end_.reset();
		return read(read_end_.get(), &error, sizeof(error)) == sizeof(error) ? error : 0;
	}

private:
	unique_fd read_end_;
	unique_fd write_end_;
};

std::vector<char *> argv_of(const std::vector<std::string> &command)
{
	std::vector<char *> argv;

	for (const std::string &word : command)
		argv.push_back(const_cast<char *>(word.c_str()));
	argv.push_back(nullptr);
	return argv;
}

bool is_plain(char c)
{
	return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-_./=,:+@%", c);
}

std::string quoted(const std::string &word)
{
	if (!word.empty() && std::ranges::all_of(word, is_plain))
		return word;
	std::string text = "'";

	for (char c : word)
		text += c == '\'' ? std::string("'\\''") : std::string(1, c);
	return text + "'";
}

} // namespace

std::string child_result::ending() const
{
	if (timed_out)
		return "no end within its time limit";
	if (WIFSIGNALED(wait_status))
		return std::string("killed by ") + strsignal(WTERMSIG(wait_status));
	return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

child_result run_child(const std::vector<std::string> &command, const child_options &options)
{
	memory_file in("stdin"), out("stdout"), err("stderr");
	exec_failure failure;

	in.fill(options.input);
	running_child child({
		.argv = argv_of(command),
		.directory = options.directory.c_str(),
		.parent = getpid(),
		.in = in.fd(),
		.out = out.fd(),
		.err = err.fd(),
		.failure = failure.write_end(),
	});
	if (const int error = failure.reason())
		throw_errno(error, "cannot run " + command.at(0));
	child.wait_until(steady::now() + options.limit);
	const bool timed_out = !child.has_ended();

	child.kill_and_reap();
	return {
		.wait_status = child.wait_status(),
		.timed_out = timed_out,
		.output = out.content(),
		.errors = err.content(),
	};
}

std::string shell_quoted(const std::vector<std::string> &command)
{
	std::string text;

	for (const std::string &word : command)
		text += (text.empty() ? "" : " ") + quoted(word);
	return text;
}

} // namespace dmpoll
