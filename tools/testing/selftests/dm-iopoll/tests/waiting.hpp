// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "env.hpp"

namespace dmpoll
{

// What waits for IO in flight may take this much; the application would keep it
// for ever, the disk driver's timeout for 30 s.
inline constexpr std::chrono::milliseconds wait_bound{8000};
inline constexpr std::chrono::milliseconds long_wait{60000};

// Runs @action in a process of its own, which must end within the bound.
void run_within_bound(env &, const std::string &what, const std::function<void()> &action);

// Those of files; part of waiting_tests().
std::vector<test_case> waiting_file_tests();

} // namespace dmpoll
