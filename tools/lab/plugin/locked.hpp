// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace lab
{

// True if an x86-64 instruction takes a cache line for itself: one with a LOCK prefix, or an
// exchange with memory. Source: Intel's manual, "Locked atomic operations".
inline bool is_locked(std::span<const std::uint8_t> bytes)
{
	constexpr std::array<std::uint8_t, 10> prefixes{0x66, 0x67, 0xf2, 0xf3, 0x2e,
							0x36, 0x3e, 0x26, 0x64, 0x65};
	std::size_t at = 0;
	for (; at < bytes.size(); ++at) {
		if (bytes[at] == 0xf0)
			return true;
		if (std::find(prefixes.begin(), prefixes.end(), bytes[at]) == prefixes.end())
			break;
	}
	if (at < bytes.size() && (bytes[at] & 0xf0) == 0x40) // REX
		++at;
	const bool exchange = at + 1 < bytes.size() && (bytes[at] == 0x86 || bytes[at] == 0x87);
	return exchange && bytes[at + 1] < 0xc0; // of two registers otherwise
}

} // namespace lab
