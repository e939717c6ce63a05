// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <utility>

#include "env.hpp"

namespace dmpoll
{

// A test that has IO in flight for which nobody polls for a while.
inline test_case rescued(test_case test)
{
	test.rescues = true;
	return test;
}

} // namespace dmpoll
