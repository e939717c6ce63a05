// SPDX-License-Identifier: GPL-2.0
#include "text.hpp"

#include <cerrno>
#include <sstream>

#include <fcntl.h>
#include <fnmatch.h>

#include "error.hpp"
#include "fd.hpp"

namespace dmpoll
{

namespace
{

std::string read_all(const unique_fd &fd, const std::string &path)
{
	std::string text;
	char chunk[4096];

	for (;;) {
		auto got = check_errno(::read(fd.get(), chunk, sizeof(chunk)), "read " + path);

		if (got == 0)
			return text;
		text.append(chunk, static_cast<std::size_t>(got));
	}
}

} // namespace

std::string read_text(const std::string &path)
{
	return read_all(open_file(path, O_RDONLY), path);
}

std::optional<std::string> read_text_if_any(const std::string &path)
{
	unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));

	if (!fd && (errno == ENOENT || errno == ENOTDIR))
		return std::nullopt;
	check_errno(fd.get(), "open " + path);
	return read_all(fd, path);
}

void write_text(const std::string &path, const std::string &text)
{
	auto fd = open_file(path, O_WRONLY);

	check_errno(::write(fd.get(), text.data(), text.size()), "write '" + text + "' to " + path);
}

std::string trim(std::string_view text)
{
	constexpr auto blanks = " \t\r\n";
	auto first = text.find_first_not_of(blanks);

	if (first == text.npos)
		return {};
	return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::vector<std::string> split_lines(const std::string &text)
{
	std::vector<std::string> lines;
	std::istringstream in(text);

	for (std::string line; std::getline(in, line);)
		lines.push_back(line);
	return lines;
}

std::vector<std::string> split_words(const std::string &text)
{
	std::vector<std::string> words;
	std::istringstream in(text);

	for (std::string word; in >> word;)
		words.push_back(word);
	return words;
}

bool matches(const std::string &glob, const std::string &text)
{
	return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

} // namespace dmpoll
