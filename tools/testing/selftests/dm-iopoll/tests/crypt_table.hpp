// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <vector>

#include "device.hpp"

namespace dmpoll
{

// dm-crypt over @range, with aes-xts and a key that is no secret.
std::vector<dm_segment> crypt_table(const disk_range &range);

// Skips the test unless the kernel can make one.
void need_crypt();

} // namespace dmpoll
