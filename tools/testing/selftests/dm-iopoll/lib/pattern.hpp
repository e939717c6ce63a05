// SPDX-License-Identifier: GPL-2.0
// Test data that says where it belongs: every 512-byte sector begins with a
// magic number, the seed and its own sector number; the rest is random words
// that follow from these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace dmpoll
{

inline constexpr std::size_t sector_size = 512;

struct pattern {
	std::uint64_t seed = 0;
};

// @data is a whole number of sectors, the first of them @first_sector.
void fill_pattern(std::span<std::byte> data, std::uint64_t first_sector, pattern wanted);

struct pattern_mismatch {
	std::string got;
	std::string wanted;
};

// The first sector that is not as fill_pattern() makes it, or nullopt.
std::optional<pattern_mismatch> check_pattern(std::span<const std::byte> data,
					      std::uint64_t first_sector, pattern wanted);

} // namespace dmpoll
