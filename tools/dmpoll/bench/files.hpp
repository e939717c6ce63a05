// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dmpoll
{

// Replaces the file whole or not at all: the text goes to a temporary name beside it first. Throws
// std::system_error naming the file.
void write_file(const std::filesystem::path &path, const std::string &text);

// Makes the directory and those above it; throws std::system_error naming it.
void make_directory(const std::filesystem::path &path);

} // namespace dmpoll
