// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

namespace dmpoll
{

enum class layer { raw, dm };
enum class completion { irq, poll };

// One cell of the comparison: where the IO goes and how its end is found out.
struct bench_case {
	layer where;
	completion how;

	bool operator==(const bench_case &) const = default;
};

inline constexpr std::array<bench_case, 4> all_cases{{
	{layer::raw, completion::irq},
	{layer::raw, completion::poll},
	{layer::dm, completion::irq},
	{layer::dm, completion::poll},
}};

inline constexpr bench_case raw_irq = all_cases[0];
inline constexpr bench_case raw_poll = all_cases[1];
inline constexpr bench_case dm_irq = all_cases[2];
inline constexpr bench_case dm_poll = all_cases[3];

// "dm/poll": in tables, on progress lines and as a JSON key.
std::string name_of(bench_case c);

// "dm-poll": in file names.
std::string file_stem_of(bench_case c);

// The inverse of name_of(); throws std::invalid_argument for another text.
bench_case case_named(const std::string &name);

struct planned_run {
	bench_case what;
	unsigned repeat; // from 1
};

// Every case once per repeat, so that a slow drift of the machine meets all cases alike; even
// repeats run backwards, so that it does not always meet the same case last.
std::vector<planned_run> plan_runs(unsigned repeats);

} // namespace dmpoll
