// SPDX-License-Identifier: GPL-2.0
#include "terminal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace dmpoll
{

bool stdout_can_redraw()
{
	const char *term = std::getenv("TERM");

	return ::isatty(STDOUT_FILENO) && term && *term && std::strcmp(term, "dumb") != 0;
}

bool stdout_takes_colours()
{
	const char *no_color = std::getenv("NO_COLOR");

	return stdout_can_redraw() && !(no_color && *no_color);
}

colour colour_of(polling verdict)
{
	switch (verdict) {
	case polling::yes:
		return colour::green;
	case polling::no:
		return colour::red;
	case polling::unknown:
		break;
	}
	return colour::yellow;
}

std::string coloured(const std::string &text, colour c, bool wanted)
{
	if (!wanted || c == colour::none)
		return text;
	const char *code = c == colour::green ? "32" : c == colour::yellow ? "33" : "31";

	return std::string("\033[") + code + "m" + text + "\033[0m";
}

} // namespace dmpoll
