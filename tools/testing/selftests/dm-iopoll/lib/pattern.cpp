// SPDX-License-Identifier: GPL-2.0
#include "pattern.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace dmpoll
{

namespace
{

constexpr std::uint64_t magic = 0x6c6c6f702d6d6421; // "!dm-poll"
constexpr std::size_t words_per_sector = sector_size / sizeof(std::uint64_t);

using sector_words = std::array<std::uint64_t, words_per_sector>;

sector_words make_sector(std::uint64_t sector, pattern wanted)
{
	sector_words words{magic, wanted.seed, sector};
	std::uint64_t state = wanted.seed ^ (sector * 0x9e3779b97f4a7c15);

	for (std::size_t at = 3; at < words.size(); at++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		words[at] = state ^ (state >> 33);
	}
	return words;
}

sector_words load_sector(std::span<const std::byte> data)
{
	sector_words words;

	std::memcpy(words.data(), data.data(), sector_size);
	return words;
}

std::string describe(const sector_words &words, const sector_words &wanted)
{
	if (std::all_of(words.begin(), words.end(), [](auto word) { return word == 0; }))
		return "zeroes";
	if (words[0] != magic)
		return fmt::format("no test data, it begins with {:#018x}", words[0]);
	if (words[1] != wanted[1])
		return fmt::format("test data of another write (data seed {:#x}, sector {})",
				   words[1], words[2]);
	if (words[2] != wanted[2])
		return fmt::format("the data of sector {}", words[2]);
	auto at = std::mismatch(words.begin(), words.end(), wanted.begin()).first - words.begin();

	return fmt::format("the right header, then {:#018x} at byte {}", words[at], at * 8);
}

} // namespace

void fill_pattern(std::span<std::byte> data, std::uint64_t first_sector, pattern wanted)
{
	for (std::size_t at = 0; at < data.size(); at += sector_size) {
		auto words = make_sector(first_sector + at / sector_size, wanted);

		std::memcpy(data.data() + at, words.data(), sector_size);
	}
}

std::optional<pattern_mismatch> check_pattern(std::span<const std::byte> data,
					      std::uint64_t first_sector, pattern wanted)
{
	for (std::size_t at = 0; at < data.size(); at += sector_size) {
		auto sector = first_sector + at / sector_size;
		auto good = make_sector(sector, wanted);
		auto words = load_sector(data.subspan(at, sector_size));

		if (words != good)
			return pattern_mismatch{
				.got = fmt::format("in sector {}: {}", sector,
						   describe(words, good)),
				.wanted = fmt::format("the data of sector {} (data seed {:#x})",
						      sector, wanted.seed)};
	}
	return std::nullopt;
}

} // namespace dmpoll
