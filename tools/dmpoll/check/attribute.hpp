// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// Reads attributes of sysfs, one value a file. What is not there has no value. What is there and
// cannot be read, or is not what it should be, has none either, and is noted once.
class attribute_reader
{
public:
	// @notes outlives the reader.
	explicit attribute_reader(std::vector<std::string> &notes) : notes_(notes) {}

	std::optional<std::string> text(const std::string &path);

	template <typename Number> std::optional<Number> number(const std::string &path)
	{
		const auto value = text(path);
		Number number{};

		if (!value)
			return std::nullopt;
		const char *end = value->data() + value->size();
		const auto [stop, error] = std::from_chars(value->data(), end, number);

		if (error == std::errc() && stop == end)
			return number;
		note_nonsense(path, *value);
		return std::nullopt;
	}

	void note(const std::string &line);

private:
	void note_nonsense(const std::string &path, const std::string &value);

	std::vector<std::string> &notes_;
};

// "none [mq-deadline] kyber" gives what is in brackets, "none" itself.
std::string bracketed_or_all(const std::string &text);

// What may be anything, for a terminal: control characters become question marks.
std::string printable(const std::string &text);

} // namespace dmpoll
