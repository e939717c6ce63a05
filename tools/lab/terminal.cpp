// SPDX-License-Identifier: GPL-2.0
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace lab
{

terminal_size size_of_terminal()
{
	winsize size{};
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		return {};
	return {.rows = size.ws_row, .columns = size.ws_col};
}

raw_terminal::raw_terminal()
{
	termios settings{};
	if (tcgetattr(STDIN_FILENO, &settings) != 0)
		return;
	before_ = settings;
	cfmakeraw(&settings);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

raw_terminal::~raw_terminal()
{
	if (before_)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
}

} // namespace lab
