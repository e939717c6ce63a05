// SPDX-License-Identifier: GPL-2.0
#include "channels.hpp"
#include "failure.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace lab
{

namespace
{

std::string socket_backend(const unique_fd &fd)
{
	return fmt::format("socket,fd={}", fd.get());
}

} // namespace

machine_channels guest_channels::describe(bool with_terminal) const
{
	machine_channels ends;
	ends.output = socket_backend(output.theirs);
	ends.status = socket_backend(status.theirs);
	ends.request = socket_backend(request.theirs);
	ends.qmp = socket_backend(qmp.theirs);
	if (with_terminal)
		ends.terminal = socket_backend(terminal.theirs);
	return ends;
}

child_options guest_channels::options_for(std::vector<std::string> argv) const
{
	return {.argv = std::move(argv),
		.in = keys.theirs.get(),
		.out = console.theirs.get(),
		.err = errors.theirs.get(),
		.inherit = {output.theirs.get(), status.theirs.get(), request.theirs.get(),
			    qmp.theirs.get(), terminal.theirs.get()}};
}

void guest_channels::drop_theirs()
{
	for (auto *pair : {&output, &status, &request, &qmp, &terminal, &keys, &console, &errors})
		pair->theirs.reset();
}

unique_fd open_console_file(const std::filesystem::path &path)
{
	unique_fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	if (!fd)
		throw failure(errno, fmt::format("The console file {} cannot be written: {}. Name "
						 "another one with --console, or make its "
						 "directory writable.",
						 path.string(), strerror(errno)));
	return fd;
}

} // namespace lab
