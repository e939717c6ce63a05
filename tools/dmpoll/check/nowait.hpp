// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/stack.hpp"

#include <optional>

namespace dmpoll
{

// Whether the device takes IO that may not wait (RWF_NOWAIT), which no attribute tells: reads its
// first block that way. nullopt when it cannot be opened, or the node is that of another device.
std::optional<bool> probe_nowait(const device_node &node);

} // namespace dmpoll
