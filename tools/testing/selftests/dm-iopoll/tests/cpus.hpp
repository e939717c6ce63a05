// SPDX-License-Identifier: GPL-2.0
// Where a test's threads run.
#pragma once

namespace dmpoll
{

// Binds the calling thread, and the threads and children it starts from now
// on, to CPU @cpu. Throws std::system_error when that one is offline.
void bind_to_cpu(unsigned cpu);

// Throws skip_test unless two CPUs are online.
void need_two_cpus();

} // namespace dmpoll
