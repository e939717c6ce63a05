// SPDX-License-Identifier: GPL-2.0
// An error as the user gets it: one paragraph naming the thing, the cause and the cure.
#pragma once

#include <string>
#include <system_error>
#include <utility>

namespace lab
{

// Exit codes of every subcommand; what `lab run` promises its callers.
enum class verdict : int {
	pass = 0,
	failed = 1, // the command failed, or the kernel log is not clean
	usage = 2,  // wrong call, or something the host lacks
	guest_lost = 3,
	skip = 4,
	timed_out = 5,
	interrupted = 130,
};

class failure : public std::system_error
{
public:
	failure(std::errc code, std::string paragraph)
	    : std::system_error(std::make_error_code(code)), paragraph_(std::move(paragraph))
	{
	}
	failure(int code, std::string paragraph)
	    : std::system_error(code, std::generic_category()), paragraph_(std::move(paragraph))
	{
	}

	// Without the errno text that std::system_error appends: the paragraph names the cause.
	const char *what() const noexcept override { return paragraph_.c_str(); }

private:
	std::string paragraph_;
};

} // namespace lab
