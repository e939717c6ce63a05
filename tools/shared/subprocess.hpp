// SPDX-License-Identifier: GPL-2.0
// Child processes that cannot outlive us, their channels, and how they are told of.
#pragma once

#include "lib/fd.hpp"

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace subprocess
{

using dmpoll::unique_fd;

struct fd_pair {
	unique_fd ours, theirs;
};

// Close-on-exec and, on our side, non-blocking. Throws std::system_error.
fd_pair make_socket_pair();
// ours reads what theirs writes.
fd_pair make_output_pipe();

// Blocks the signals that end a run and delivers them through a descriptor instead.
unique_fd make_signal_fd(std::initializer_list<int> signals);
// The next signal waiting there, or nothing.
std::optional<int> take_signal(const unique_fd &fd);

enum class read_result { data, nothing_now, closed };
// Appends what is there to read, at most one buffer full. Throws std::system_error.
read_result read_some(const unique_fd &fd, std::string &to);
// What there is to read now (not without end); closes fd when its other end is closed.
void read_available(unique_fd &fd, std::string &to);
// Writes all of it, waiting for a slow reader. Throws std::system_error (EPIPE and so on).
void write_all(int fd, std::string_view text);

struct child_options {
	std::vector<std::string> argv = {}; // argv[0] is looked up in PATH
	int in = -1, out = -1, err = -1;    // -1: /dev/null for in, inherited for the others
	std::vector<int> inherit = {};      // descriptors to leave open, under their own numbers
	std::vector<std::string> env = {};  // "NAME=value", on top of ours
	std::filesystem::path cwd = {};     // empty: ours
};

// A child in a process group of its own. The kernel ends it when our process dies; the destructor
// ends the whole group and waits.
class child
{
public:
	// Throws std::system_error, with the errno of exec when that is what failed.
	explicit child(const child_options &options);
	child(child &&other) noexcept;
	child &operator=(child &&) = delete;
	~child();

	pid_t pid() const { return pid_; }
	// The wait status once it has ended.
	std::optional<int> poll();
	int wait();
	void signal_group(int signal) const noexcept;

private:
	pid_t pid_ = -1;
	pid_t group_ = -1;
	std::optional<int> status_;
};

// How it ended: "exit status 1", "ended by signal 11 (Segmentation fault)".
std::string describe_status(int wait_status);

// One line for a person or a shell: words quoted where a shell needs it.
std::string shell_line(const std::vector<std::string> &argv);

// Where PATH finds an executable; nothing when it does not.
std::optional<std::filesystem::path> find_program(std::string_view name);

} // namespace subprocess
