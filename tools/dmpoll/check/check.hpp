// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/danger.hpp"
#include "check/diagnosis.hpp"
#include "check/stack.hpp"
#include "check/stack_reader.hpp"
#include "check/subject.hpp"

#include <string>

namespace dmpoll
{

// All that `dmpoll check` knows at its end.
struct check_result {
	subject asked{};
	device_stack stack{};
	diagnosis found{};
	std::vector<danger> dangers{};

	polling verdict() const { return found.whole.verdict(); }
};

// Throws as find_subject() and read_stack().
check_result check(const std::string &argument, const stack_sources &sources);

struct text_options {
	bool colours = false;
};

// The tree, then what is wrong and what helps: several lines, each ended.
std::string check_text(const check_result &result, const text_options &options);

// The one sentence: "not polled, because nvme0n1 has no poll queues"
std::string sentence_of(const check_result &result);

// The schema is in dmpoll(1).
std::string check_json(const check_result &result);

} // namespace dmpoll
