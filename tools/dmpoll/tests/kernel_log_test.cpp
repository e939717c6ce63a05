// SPDX-License-Identifier: GPL-2.0
#include "lib/kernel_log.hpp"

#include <gtest/gtest.h>

namespace dmpoll
{
namespace
{

class complaint : public testing::TestWithParam<const char *>
{
};

TEST_P(complaint, is_recognised)
{
	EXPECT_TRUE(is_complaint(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
	kernel_log, complaint,
	testing::Values("nvme nvme0: I/O 12 QID 3 timeout, completion polled",
			"WARNING: CPU: 0 PID: 1 at block/blk-mq.c:100 blk_poll+0x1/0x2",
			"WARNING: possible circular locking dependency detected",
			"WARNING: possible recursive locking detected",
			"WARNING: inconsistent lock state", "WARNING: suspicious RCU usage",
			"INFO: trying to register non-static key.",
			"turning off the locking correctness validator.",
			"BUG: MAX_LOCKDEP_ENTRIES too low!",
			"BUG: KASAN: slab-out-of-bounds in dm_poll+0x1/0x2",
			"BUG: sleeping function called from invalid context at mm/slab.h:494",
			"BUG: using smp_processor_id() in preemptible [00000000] code: fio/1",
			"BUG kmalloc-64 (Not tainted): Poison overwritten",
			"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
			"ODEBUG: free active (active state 0) object type: work_struct hint: x",
			"ODEBUG: Out of memory. ODEBUG disabled",
			"unreferenced object 0x1 (size 8):",
			"kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
			"kmemleak: Kernel memory leak detector disabled"));

class ordinary_line : public testing::TestWithParam<const char *>
{
};

TEST_P(ordinary_line, is_none)
{
	EXPECT_FALSE(is_complaint(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(kernel_log, ordinary_line,
			 testing::Values("dm_iopoll: linear.read: begins",
					 "EXT4-fs (dm-0): mounted filesystem (no journal)",
					 "nvme nvme0: 2/0/1 default/read/poll queues",
					 "kmemleak: Kernel memory leak detector initialized",
					 "ODEBUG: selftest passed"));

} // namespace
} // namespace dmpoll
