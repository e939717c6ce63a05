// SPDX-License-Identifier: GPL-2.0
// Which checks, and which of their cases, the patterns of a call mean.
#pragma once

#include "checks.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lab
{

struct selected_check {
	check what;
	std::vector<std::string> cases = {}; // of a KTAP check; empty: all of them
};

// Gives a KTAP check's case names; throws nothing: a check that cannot tell has none.
using case_lister = std::function<std::vector<std::string>(const check &)>;

// A pattern picks a check by its name, or cases by `check/case` or `case`. Without patterns: all.
// `lister` is asked only when a pattern is not simply a check's name. Throws lab::failure when a
// pattern picks nothing, with the names most like it.
std::vector<selected_check> select_checks(const std::vector<check> &checks,
					  const std::vector<std::string> &patterns,
					  const case_lister &lister);

} // namespace lab
