// SPDX-License-Identifier: GPL-2.0
// Small helpers for the text files of proc, sysfs and debugfs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmpoll
{

// The whole file; throws std::system_error.
std::string read_text(const std::string &path);

// The whole file, or nullopt when there is none (ENOENT, ENOTDIR); throws on
// every other error.
std::optional<std::string> read_text_if_any(const std::string &path);

// Writes @text at once, as sysfs and its like want it; throws std::system_error.
void write_text(const std::string &path, const std::string &text);

std::string trim(std::string_view text);
std::vector<std::string> split_lines(const std::string &text);
std::vector<std::string> split_words(const std::string &text);

// Shell-like match, as of fnmatch(3).
bool matches(const std::string &glob, const std::string &text);

} // namespace dmpoll
