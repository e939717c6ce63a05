// SPDX-License-Identifier: GPL-2.0
#include "check/attribute.hpp"

#include "lib/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace dmpoll
{

void attribute_reader::note(const std::string &line)
{
	if (!std::ranges::count(notes_, line))
		notes_.push_back(line);
}

void attribute_reader::note_nonsense(const std::string &path, const std::string &value)
{
	note(fmt::format("{}: '{}' is no number", path, printable(value)));
}

std::optional<std::string> attribute_reader::text(const std::string &path)
{
	try {
		const auto all = read_text_if_any(path);

		return all ? std::optional(trim(*all)) : std::nullopt;
	} catch (const std::system_error &error) {
		note(error.what());
		return std::nullopt;
	}
}

std::string bracketed_or_all(const std::string &text)
{
	const std::size_t open = text.find('['), close = text.find(']', open + 1);

	if (open == text.npos || close == text.npos)
		return text;
	return text.substr(open + 1, close - open - 1);
}

std::string printable(const std::string &text)
{
	std::string out;

	for (unsigned char c : text)
		out += c < 0x20 || c == 0x7f ? '?' : static_cast<char>(c);
	return out;
}

} // namespace dmpoll
