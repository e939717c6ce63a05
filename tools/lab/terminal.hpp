// SPDX-License-Identifier: GPL-2.0
// The person's terminal while it belongs to a command in the guest.
#pragma once

#include <optional>

#include <termios.h>

namespace lab
{

struct terminal_size {
	unsigned rows = 24, columns = 80;
};

// Of standard input; the default when that is no terminal.
terminal_size size_of_terminal();

// Every key goes through unread while this lives; does nothing when stdin is no terminal.
class raw_terminal
{
public:
	raw_terminal();
	raw_terminal(const raw_terminal &) = delete;
	raw_terminal &operator=(const raw_terminal &) = delete;
	~raw_terminal();

private:
	std::optional<termios> before_;
};

// Ctrl-] ends the guest, as in telnet: the one key that does not go through.
inline constexpr char end_key = '\x1d';

} // namespace lab
