// SPDX-License-Identifier: GPL-2.0
#include "cpus.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "lib/error.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

void bind_to_cpu(unsigned cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check_errno(::sched_setaffinity(0, sizeof(one), &one), fmt::format("bind to CPU {}", cpu));
}

void need_two_cpus()
{
	if (::sysconf(_SC_NPROCESSORS_ONLN) < 2)
		throw skip_test{"needs two CPUs"};
}

} // namespace dmpoll
