// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/attribute.hpp"
#include "check/stack.hpp"

#include "lib/queue_stats.hpp"

#include <string>

namespace dmpoll
{

// Of the disk (no partition) with that kernel name; without a device in sysfs, by its name.
driver_facts read_driver(const std::string &disk, const file_roots &roots,
			 attribute_reader &attributes);

} // namespace dmpoll
