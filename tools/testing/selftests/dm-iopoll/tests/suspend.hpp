// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <functional>
#include <string>

#include "device.hpp"

namespace dmpoll
{

// Runs @body in a process while @device is suspended; resumes after a while, and
// waits for the end of @body.
void run_while_suspended(test_device &device, const std::string &what, access how,
			 const std::function<void()> &body);

} // namespace dmpoll
