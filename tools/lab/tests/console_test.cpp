// SPDX-License-Identifier: GPL-2.0
#include "console.hpp"

#include <gtest/gtest.h>

namespace lab
{
namespace
{

console_scan scan(std::string_view text, const std::vector<std::string> &allowed = {})
{
	console_scan result(allowed);
	result.feed(text);
	result.finish();
	return result;
}

TEST(console_scan, takes_an_ordinary_boot_for_clean)
{
	const auto log =
		scan("[    0.0] Linux version 5.10\r\n"
		     "[    0.1] nvme nvme0: 2/0/1 default/read/poll queues\r\n"
		     "[    0.2] tsc: Refined TSC clocksource calibration\r\n"
		     "[    0.3] rcu: Hierarchical RCU implementation.\r\n"
		     "[    0.3] Running RCU self tests\r\n"
		     "[    0.3] kmemleak: Kernel memory leak detector initialized (mem pool "
		     "available: 62530)\r\n"
		     "[    0.3] kmemleak: Automatic memory scanning thread started\r\n"
		     "[    0.3] ODEBUG: 4 of 4 active objects replaced\r\n"
		     "[    0.3] kasan: KernelAddressSanitizer initialized\r\n"
		     "[    0.3] Kernel command line: nvme_core.io_timeout=5 BUG: x\r\n"
		     "[    0.4] reboot: machine restart");
	EXPECT_TRUE(log.clean());
	EXPECT_EQ(log.tail().back(), "[    0.4] reboot: machine restart");
}

class fatal_line : public testing::TestWithParam<const char *>
{
};

TEST_P(fatal_line, loses_the_guest)
{
	EXPECT_TRUE(scan(GetParam()).lost());
}

INSTANTIATE_TEST_SUITE_P(
	console_scan, fatal_line,
	testing::Values("[ 1.0] Kernel panic - not syncing: sysrq triggered crash",
			"[ 1.0] Oops: 0002 [#1] SMP",
			"[ 1.0] BUG: kernel NULL pointer dereference, address: 0000000000000000",
			"[ 1.0] kernel BUG at block/blk-mq.c:100!"));

TEST(console_scan, says_where_the_first_fatal_fault_was)
{
	const auto log = scan("[ 1.0] RIP: 0010:earlier+0x1/0x2\n"
			      "[ 2.0] BUG: kernel NULL pointer dereference, address: 0\n"
			      "[ 2.0] RIP: 0010:dm_submit_bio+0x3c/0x3c0 [dm_mod]\n"
			      "[ 2.0] RAX: 0000000000000000 RBX: ffff\n"
			      "[ 2.0] Call Trace:\n"
			      "[ 2.0]  <TASK>\n"
			      "[ 2.0]  ? guessed+0x1/0x2\n"
			      "[ 2.0]  __submit_bio+0x8d/0x160\n"
			      "[ 2.0] RIP: 0010:do_exit+0x1/0x2\n");
	EXPECT_EQ(log.fault_trace(), (std::vector<std::string>{"dm_submit_bio", "__submit_bio"}));
	EXPECT_TRUE(scan("[ 1.0] RIP: 0010:a_warning+0x1/0x2").fault_trace().empty());
}

class unclean_line : public testing::TestWithParam<const char *>
{
};

TEST_P(unclean_line, is_found_without_losing_the_guest)
{
	const auto log = scan(GetParam());
	EXPECT_FALSE(log.clean());
	EXPECT_FALSE(log.lost());
}

INSTANTIATE_TEST_SUITE_P(
	console_scan, unclean_line,
	testing::Values(
		"[ 1.0] WARNING: CPU: 0 PID: 1 at block/blk-mq.c:100 blk_poll+0x1/0x2",
		"[ 1.0] WARNING: possible circular locking dependency detected",
		"[ 1.0] INFO: task fio:123 blocked for more than 60 seconds.",
		"[ 1.0] rcu: INFO: rcu_sched self-detected stall on CPU",
		"[ 1.0] BUG: KASAN: use-after-free in dm_poll+0x1/0x2",
		"[ 1.0] BUG: sleeping function called from invalid context at mm/slab.h:494",
		"[ 1.0] BUG: using smp_processor_id() in preemptible [00000000] code: fio/1",
		"[ 1.0] BUG: scheduling while atomic: fio/1/0x00000002",
		"[ 1.0] BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000001/12",
		"[ 1.0] BUG: spinlock bad magic on CPU#0, fio/1",
		"[ 1.0] BUG: MAX_LOCKDEP_CHAIN_HLOCKS too low!",
		"[ 1.0] BUG kmalloc-64 (Not tainted): Poison overwritten",
		"[ 1.0] BUG bio-0 (Tainted: G    B            ): Redzone overwritten",
		"[ 1.0] turning off the locking correctness validator.",
		"[ 1.0] WARNING: suspicious RCU usage", "[ 1.0] WARNING: inconsistent lock state",
		"[ 1.0] WARNING: bad unlock balance detected!",
		"[ 1.0] INFO: trying to register non-static key.",
		"[ 1.0] ODEBUG: init active (active state 0) object type: timer_list hint: x",
		"[ 1.0] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
		"[ 1.0] kmemleak: Kernel memory leak detector disabled",
		"[ 1.0] ODEBUG: Out of memory. ODEBUG disabled",
		"[ 1.0] nvme nvme0: I/O 12 QID 3 timeout, completion polled",
		"[ 1.0] nvme nvme0: I/O 12 QID 3 timeout, aborting",
		"[ 1.0] watchdog: something: soft lockup - CPU#0 stuck for 22s!"));

TEST(console_scan, joins_lines_that_arrive_in_pieces)
{
	console_scan log;
	log.feed("[ 1.0] WARN");
	EXPECT_TRUE(log.clean());
	log.feed("ING: split\n");
	ASSERT_EQ(log.findings().size(), 1U);
	EXPECT_EQ(log.findings()[0].line, "[ 1.0] WARNING: split");
}

TEST(console_scan, judges_a_last_line_without_end)
{
	EXPECT_TRUE(scan("Kernel panic - not syncing").lost());
}

TEST(console_scan, leaves_out_what_is_allowed)
{
	EXPECT_TRUE(scan("[ 1.0] WARNING: asked for\n", {"asked for"}).clean());
	EXPECT_FALSE(scan("[ 1.0] WARNING: not asked for\n", {"wanted"}).clean());
}

TEST(console_scan, leaves_out_what_the_stock_target_says_of_itself)
{
	const std::string cause = "[ 342.9] workqueue: WQ_MEM_RECLAIM ";
	const std::string nvmet = "nvmet_tcp_wq:nvmet_tcp_io_work is flushing ";
	const std::string events = "!WQ_MEM_RECLAIM events:0x0\n";
	const std::string report = "[ 342.9] WARNING: CPU: 0 PID: 50 at kernel/workqueue.c:2620 "
				   "check_flush_dependency+0x112/0x130\n";
	EXPECT_TRUE(scan(cause + nvmet + events + report).clean());
	EXPECT_FALSE(scan(report).clean());
	EXPECT_FALSE(scan(cause + "kdmflush:dm_wq_work is flushing " + events + report).clean());
	EXPECT_FALSE(scan(cause + nvmet + events + "[ 343.0] a line between\n" + report).clean());
	EXPECT_FALSE(scan(cause + nvmet + events + "[ 1.0] WARNING: another\n").clean());
}

TEST(console_scan, keeps_the_last_lines_only)
{
	std::string text;
	for (int i = 0; i < 50; ++i)
		text += "line " + std::to_string(i) + "\n";
	const auto log = scan(text);
	EXPECT_EQ(log.tail().size(), console_scan::tail_lines);
	EXPECT_EQ(log.tail().front(), "line 40");
}

TEST(console_scan, survives_a_line_without_end)
{
	EXPECT_TRUE(scan(std::string(1 << 20, 'I')).clean());
}

} // namespace
} // namespace lab
