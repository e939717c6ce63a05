// SPDX-License-Identifier: GPL-2.0
// The instructions between which the plugin counts: no-operations with an operand that no compiler
// emits. Shared by the plugin, which looks for them, and by the program in the guest, which runs
// them.
#pragma once

#include <array>
#include <cstdint>

namespace lab
{

// nopl disp32(%rax,%rax,1): 0f 1f 84 00, then the displacement, little endian.
inline constexpr std::array<std::uint8_t, 8> begin_marker{0x0f, 0x1f, 0x84, 0x00,
							  'D',  'M',  'P',  'B'};
inline constexpr std::array<std::uint8_t, 8> end_marker{0x0f, 0x1f, 0x84, 0x00, 'D', 'M', 'P', 'E'};

} // namespace lab
