// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <vector>

#include "env.hpp"

namespace dmpoll
{

// RWF_NOWAIT that was asked for; part of nowait_tests().
std::vector<test_case> nowait_asked_tests();

} // namespace dmpoll
