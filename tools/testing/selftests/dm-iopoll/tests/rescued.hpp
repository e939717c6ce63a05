// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <utility>

#include "env.hpp"

namespace dmpoll
{

// A test that has IO in flight for which nobody polls for a while.
inline test_case rescued(test_case test)
{
	test.net = net_role::needed;
	return test;
}

// A test that takes longer than the net does to poll for its IO, but polls for all.
inline test_case without_net(test_case test)
{
	test.net = net_role::absent;
	return test;
}

} // namespace dmpoll
