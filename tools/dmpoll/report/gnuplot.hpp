// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dmpoll
{

// Runs a script that prints one SVG, and replaces the file with it. Throws std::system_error that
// names the package when gnuplot is missing, std::runtime_error when it draws nothing.
void draw_plot(const std::string &script, const std::filesystem::path &file);

// In single quotes, which know no escape but the doubled quote.
std::string gnuplot_quoted(const std::string &text);

// "$name << EOD" and the rows, each ended.
std::string gnuplot_block(const std::string &name, const std::string &rows);

} // namespace dmpoll
