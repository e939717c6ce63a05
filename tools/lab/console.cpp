// SPDX-License-Identifier: GPL-2.0
#include "console.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lab
{

namespace
{

// The kernel's are shorter; std::regex recurses, and would run out of stack on a long one.
constexpr std::size_t longest_line = 4096;

struct pattern {
	severity how_bad;
	std::regex expression;
};

// The first match decides: many reports that begin with "BUG" leave the guest running, so they
// come first. Sysrq dumps print "INFO:" lines of their own only for states we want to fail on
// anyway. A checker that turns itself off finds nothing any more: that is a finding, too.
const std::array<pattern, 14> &patterns()
{
	static const std::array<pattern, 14> list{{
		{severity::unclean, std::regex("KASAN:|KFENCE:|UBSAN:")},
		{severity::unclean, std::regex("kmemleak: [1-9]|unreferenced object|"
					       "(kmemleak: .*detector|ODEBUG) disabled")},
		{severity::unclean, std::regex("\\bBUG [^ ]+ \\(.*\\): ")}, // SLUB
		{severity::unclean,
		 std::regex(
			 "\\bBUG: (sleeping function|using |scheduling while|workqueue |spinlock |"
			 "rwlock |MAX_|atomic |.*too low!|key .* not in|.*leaked )")},
		{severity::lost, std::regex("Kernel panic|Oops:|\\bBUG:|kernel BUG at")},
		{severity::unclean,
		 std::regex("WARNING:|DEBUG_LOCKS_WARN_ON|ODEBUG: .*active state")},
		{severity::unclean,
		 std::regex("turning off the locking correctness validator|debug_locks = 0")},
		{severity::unclean,
		 std::regex("INFO: (task|rcu|trying|possible|lockdep|suspicious)")},
		{severity::unclean, std::regex("hung_task: blocked for more than|"
					       "blocked for more than [0-9]+ seconds")},
		{severity::unclean, std::regex("rcu: INFO: rcu_.*stall|soft lockup|hard LOCKUP")},
		{severity::unclean, std::regex("general protection fault")},
		{severity::unclean, std::regex("I/O .*QID .*timeout|timeout, completion polled")},
		{severity::unclean, std::regex("nvme.*timeout")},
		{severity::unclean, std::regex("refcount_t: |list_(add|del) corruption")},
	}};
	return list;
}

// What somebody asked for is no report, whatever words are in it.
bool is_command_line(const std::string &line)
{
	static const std::regex expression("(Kernel command|Command|Unknown .*command) line");
	return std::regex_search(line, expression);
}

// Reports of the stock kernel about itself: what the line before says, and the report. The guest is
// the target of its own NVMe over TCP disks; there nvmet_tcp_install_queue() waits for all work of
// system_wq, from a worker that must not wait for it, whenever a host connects. The kernel says so
// once if there is work at that moment, which no test decides. (drivers/nvme/target/tcp.c)
bool is_of_the_stock_kernel(const std::string &before, const std::string &line)
{
	static const std::regex cause("workqueue: WQ_MEM_RECLAIM nvmet_tcp_wq:nvmet_tcp_io_work is "
				      "flushing !WQ_MEM_RECLAIM events:");
	static const std::regex report("WARNING: .* check_flush_dependency\\+");
	return std::regex_search(before, cause) && std::regex_search(line, report);
}

std::optional<severity> judge(const std::string &line)
{
	if (is_command_line(line))
		return std::nullopt;
	for (const auto &p : patterns())
		if (std::regex_search(line, p.expression))
			return p.how_bad;
	return std::nullopt;
}

} // namespace

console_scan::console_scan(const std::vector<std::string> &allowed)
{
	for (const auto &text : allowed)
		allowed_.emplace_back(text);
}

void console_scan::feed(std::string_view text)
{
	for (const char c : text) {
		if (c != '\n' && c != '\r')
			partial_.push_back(c);
		if (c == '\n' || partial_.size() == longest_line)
			take_line(std::exchange(partial_, {}));
	}
}

void console_scan::finish()
{
	if (!partial_.empty())
		take_line(std::exchange(partial_, {}));
}

bool console_scan::lost() const
{
	return std::any_of(findings_.begin(), findings_.end(),
			   [](const finding &f) { return f.how_bad == severity::lost; });
}

void console_scan::take_line(std::string line)
{
	const auto is_allowed = [&](const std::regex &r) { return std::regex_search(line, r); };
	const auto how_bad = judge(line);
	const std::string before = tail_.empty() ? "" : tail_.back();
	if (how_bad && !is_of_the_stock_kernel(before, line) &&
	    std::none_of(allowed_.begin(), allowed_.end(), is_allowed))
		findings_.push_back({*how_bad, line});
	if (lost())
		take_trace(line);
	tail_.push_back(std::move(line));
	if (tail_.size() > tail_lines)
		tail_.pop_front();
}

// The registers come before the trace; later faults say "RIP" again, and follow from the first.
void console_scan::take_trace(const std::string &line)
{
	static const std::regex place("RIP: [0-9a-f]+:([^ +]+)");
	static const std::regex caller("\\] {2,}([^ +?]+)\\+0x[0-9a-f]+/0x");
	std::smatch found;
	if (trace_.size() < trace_entries &&
	    std::regex_search(line, found, trace_.empty() ? place : caller))
		trace_.push_back(found[1]);
}

} // namespace lab
