// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/fate.hpp"

#include <string>

namespace dmpoll
{

enum class colour { none, green, yellow, red };

// Of a verdict: what polls is green.
colour colour_of(polling verdict);

// Colours are for terminals only, and for none with NO_COLOR set to anything, or TERM=dumb.
bool stdout_takes_colours();

// The text in that colour, if @wanted; else as it is.
std::string coloured(const std::string &text, colour c, bool wanted);

// Whether stdout is a terminal that can put the cursor back.
bool stdout_can_redraw();

} // namespace dmpoll
