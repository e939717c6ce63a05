// SPDX-License-Identifier: GPL-2.0
#include "shared/subprocess.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace subprocess
{

namespace
{

[[noreturn]] void fail(const std::string &what)
{
	throw std::system_error(errno, std::generic_category(), what);
}

void set_nonblocking(const unique_fd &fd)
{
	if (fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0)
		fail("fcntl O_NONBLOCK");
}

std::vector<char *> pointers(const std::vector<std::string> &strings)
{
	std::vector<char *> list;
	for (const auto &s : strings)
		list.push_back(const_cast<char *>(s.c_str()));
	list.push_back(nullptr);
	return list;
}

void redirect(int from, int to)
{
	if (from >= 0 && dup2(from, to) < 0)
		_exit(127);
}

// Runs between fork and exec; reports an errno through `report` when it cannot go on.
[[noreturn]] void become_program(const child_options &options, pid_t parent, int report)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); // the parent died before prctl
	setpgid(0, 0);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);

	redirect(options.in >= 0 ? options.in : open("/dev/null", O_RDONLY), STDIN_FILENO);
	redirect(options.out, STDOUT_FILENO);
	redirect(options.err, STDERR_FILENO);
	for (const int fd : options.inherit)
		fcntl(fd, F_SETFD, 0);
	for (const auto &variable : options.env)
		putenv(const_cast<char *>(variable.c_str()));
	if (options.cwd.empty() || chdir(options.cwd.c_str()) == 0)
		execvp(options.argv[0].c_str(), pointers(options.argv).data());
	const int error = errno;
	[[maybe_unused]] const auto sent = write(report, &error, sizeof(error));
	_exit(127);
}

bool is_plain(char c)
{
	return std::isalnum(static_cast<unsigned char>(c)) ||
	       std::string_view("-_=+,./:@%").find(c) != std::string_view::npos;
}

std::string quoted(const std::string &word)
{
	if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain))
		return word;
	std::string text = "'";
	for (const char c : word)
		text += c == '\'' ? std::string("'\\''") : std::string(1, c);
	return text + "'";
}

} // namespace

fd_pair make_socket_pair()
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		fail("socketpair");
	fd_pair pair{unique_fd(fds[0]), unique_fd(fds[1])};
	set_nonblocking(pair.ours);
	return pair;
}

fd_pair make_output_pipe()
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0)
		fail("pipe");
	fd_pair pair{unique_fd(fds[0]), unique_fd(fds[1])};
	set_nonblocking(pair.ours);
	return pair;
}

unique_fd make_signal_fd(std::initializer_list<int> signals)
{
	sigset_t set;
	sigemptyset(&set);
	for (const int signal : signals)
		sigaddset(&set, signal);
	if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
		fail("sigprocmask");
	unique_fd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	if (!fd)
		fail("signalfd");
	return fd;
}

std::optional<int> take_signal(const unique_fd &fd)
{
	signalfd_siginfo info{};
	if (read(fd.get(), &info, sizeof(info)) != sizeof(info))
		return std::nullopt;
	return static_cast<int>(info.ssi_signo);
}

read_result read_some(const unique_fd &fd, std::string &to)
{
	std::array<char, 65536> buffer;
	const auto got = read(fd.get(), buffer.data(), buffer.size());
	if (got > 0) {
		to.append(buffer.data(), static_cast<std::size_t>(got));
		return read_result::data;
	}
	if (got == 0 || errno == ECONNRESET || errno == EIO)
		return read_result::closed;
	if (errno == EAGAIN || errno == EINTR)
		return read_result::nothing_now;
	fail("read from a child's channel");
}

void read_available(unique_fd &fd, std::string &to)
{
	constexpr int most_rounds = 16; // whoever floods us must not keep us from our limits
	auto result = read_result::data;
	for (int round = 0; fd && result == read_result::data && round < most_rounds; ++round)
		result = read_some(fd, to);
	if (result == read_result::closed)
		fd.reset();
}

void write_all(int fd, std::string_view text)
{
	while (!text.empty()) {
		const auto put = write(fd, text.data(), text.size());
		if (put >= 0) {
			text.remove_prefix(static_cast<std::size_t>(put));
		} else if (errno == EAGAIN) {
			pollfd wait{.fd = fd, .events = POLLOUT, .revents = 0};
			::poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			fail("write");
		}
	}
}

child::child(const child_options &options)
{
	auto report = make_output_pipe();
	const pid_t parent = getpid();
	pid_ = fork();
	if (pid_ < 0)
		fail("fork");
	if (pid_ == 0)
		become_program(options, parent, report.theirs.get());
	group_ = pid_;
	setpgid(pid_, pid_); // both sides, so that the group exists before anyone signals it
	report.theirs.reset();

	int error = 0;
	pollfd ended{.fd = report.ours.get(), .events = POLLIN, .revents = 0};
	::poll(&ended, 1, -1);
	if (read(report.ours.get(), &error, sizeof(error)) == sizeof(error)) {
		wait();
		throw std::system_error(error, std::generic_category(), options.argv[0]);
	}
}

child::child(child &&other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      group_(std::exchange(other.group_, -1)),
      status_(other.status_)
{
}

child::~child()
{
	signal_group(SIGKILL);
	if (pid_ > 0 && !status_)
		waitpid(pid_, nullptr, 0);
}

std::optional<int> child::poll()
{
	int status = 0;
	if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_)
		status_ = status;
	return status_;
}

int child::wait()
{
	int status = 0;
	while (!status_) {
		if (waitpid(pid_, &status, 0) == pid_)
			status_ = status;
		else if (errno != EINTR)
			fail("wait for a child");
	}
	return *status_;
}

void child::signal_group(int signal) const noexcept
{
	if (group_ > 0)
		kill(-group_, signal);
}

std::string describe_status(int wait_status)
{
	if (!WIFSIGNALED(wait_status))
		return "exit status " + std::to_string(WEXITSTATUS(wait_status));
	const int signal = WTERMSIG(wait_status);
	return "ended by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

std::string shell_line(const std::vector<std::string> &argv)
{
	std::string line;
	for (const auto &word : argv)
		line += (line.empty() ? "" : " ") + quoted(word);
	return line;
}

std::optional<std::filesystem::path> find_program(std::string_view name)
{
	const char *path = std::getenv("PATH");
	std::istringstream directories(path ? path : "");
	for (std::string directory; std::getline(directories, directory, ':');) {
		const auto candidate = std::filesystem::path(directory) / name;
		if (!directory.empty() && access(candidate.c_str(), X_OK) == 0)
			return candidate;
	}
	return std::nullopt;
}

} // namespace subprocess
