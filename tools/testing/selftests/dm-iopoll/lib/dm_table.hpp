// SPDX-License-Identifier: GPL-2.0
// The live table of a dm device that somebody else made.
#pragma once

#include <string>
#include <vector>

#include "dm_device.hpp"

namespace dmpoll
{

struct dm_state {
	std::string name; // "vg-home"
	std::string uuid; // "LVM-..."; may be empty
	bool suspended = false;
	std::vector<dm_segment> table{}; // without params: those of crypt hold its key
};

// Of the device with that number. Needs root. Throws std::system_error: ENXIO
// when there is no such device (any more), EACCES or EPERM without permission.
dm_state read_dm_state(unsigned major, unsigned minor);

} // namespace dmpoll
