// SPDX-License-Identifier: GPL-2.0
// How a test ends other than by running through: it throws one of these, or a
// std::system_error.
#pragma once

#include <string>

#include <fmt/format.h>

namespace dmpoll
{

// What was looked at is not as it must be.
struct mismatch {
	std::string what;
	std::string got;
	std::string wanted;
};

// Something the test needs is missing; @reason names it and how to get it.
struct skip_test {
	std::string reason;
};

template <typename T> void check_equal(const std::string &what, const T &got, const T &wanted)
{
	if (got != wanted)
		throw mismatch{what, fmt::format("{}", got), fmt::format("{}", wanted)};
}

template <typename T> void check_at_least(const std::string &what, const T &got, const T &wanted)
{
	if (got < wanted)
		throw mismatch{what, fmt::format("{}", got), fmt::format("at least {}", wanted)};
}

template <typename T> void check_at_most(const std::string &what, const T &got, const T &wanted)
{
	if (got > wanted)
		throw mismatch{what, fmt::format("{}", got), fmt::format("at most {}", wanted)};
}

} // namespace dmpoll
