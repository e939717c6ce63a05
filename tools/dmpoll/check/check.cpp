// SPDX-License-Identifier: GPL-2.0
#include "check/check.hpp"

namespace dmpoll
{

check_result check(const std::string &argument, const stack_sources &sources)
{
	check_result result{.asked = find_subject(argument, sources.roots)};

	result.stack = read_stack(result.asked.device, sources);
	result.found = diagnose(result.stack,
				{.argument = argument, .filesystem = result.asked.filesystem});
	result.dangers = dangers_of(result.stack, result.found);
	return result;
}

} // namespace dmpoll
