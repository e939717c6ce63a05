// SPDX-License-Identifier: GPL-2.0
// Measurements to judge, made up: what a good bench looks like. Tests spoil a copy.
#pragma once

#include "bench/measurement.hpp"

namespace dmpoll
{

// Six repeats; polling is 1.5 times interrupts on dm, and 0.9 times the raw disk.
measurements good_measurements();

// The same as an unpatched kernel would do it: asked to poll, dm is ended by interrupts.
measurements unpatched_measurements();

// Applies @spoil to every run of a case.
template <typename function>
measurements with_runs(measurements m, bench_case what, const function &spoil)
{
	for (run_record &run : m.runs)
		if (run.what == what)
			spoil(run);
	return m;
}

} // namespace dmpoll
