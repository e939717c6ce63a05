// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "env.hpp"
#include "lib/nvme.hpp"

namespace dmpoll
{

// The controller of a disk; skips the test unless it is an NVMe one of its own.
nvme_controller need_controller(const env &, std::size_t disk);

} // namespace dmpoll
