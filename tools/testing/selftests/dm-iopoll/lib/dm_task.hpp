// SPDX-License-Identifier: GPL-2.0
// One request to device-mapper, over libdevmapper, whose errors keep what it said.
#pragma once

#include <memory>
#include <string>

#include <libdevmapper.h>

namespace dmpoll
{

using task_ptr = std::unique_ptr<struct dm_task, decltype(&dm_task_destroy)>;

// A task of @type (DM_DEVICE_...) for no device in particular, or for that of
// the name. Throws std::system_error, as all of these.
task_ptr make_task(int type);
task_ptr make_task(int type, const std::string &name);

// libdevmapper returns 1 for success, 0 for failure; @what says what failed.
void check_dm(int ok, const std::string &what);
[[noreturn]] void throw_task(const std::string &what, int err);

void run_task(dm_task *task, const std::string &what);

} // namespace dmpoll
