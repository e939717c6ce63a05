// SPDX-License-Identifier: GPL-2.0
#include "command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace
{

// The full path, or an empty one.
std::string find_program(const std::string &name)
{
	const char *path = std::getenv("PATH");

	if (name.find('/') != name.npos)
		return name;
	std::istringstream places(std::string(path ? path : "") + ":/usr/sbin:/sbin");

	for (std::string place; std::getline(places, place, ':');)
		if (::access((place + "/" + name).c_str(), X_OK) == 0)
			return place + "/" + name;
	return {};
}

} // namespace

bool has_program(const std::string &name)
{
	return !find_program(name).empty();
}

void run_command(const std::vector<std::string> &words)
{
	auto text = fmt::format("{}", fmt::join(words, " "));
	auto program = find_program(words[0]);
	std::vector<char *> args;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	std::transform(words.begin(), words.end(), std::back_inserter(args),
		       [](const auto &word) { return const_cast<char *>(word.c_str()); });
	args.push_back(nullptr);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int err = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, args.data(), environ);

	posix_spawn_file_actions_destroy(&actions);
	if (err)
		throw_errno(err, "run " + text);
	check_errno(::waitpid(pid, &status, 0), "wait for " + text);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		throw_errno(EIO, fmt::format("{} ended with wait status {}", text, status));
}

void load_module(const std::string &name)
try {
	auto program = split_words(read_text("/proc/sys/kernel/modprobe"));

	if (!program.empty())
		run_command({program[0], "-q", "--", name});
} catch (const std::system_error &) {
}

} // namespace dmpoll
