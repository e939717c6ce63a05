// SPDX-License-Identifier: GPL-2.0
#include "driver.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/dm_device.hpp"
#include "lib/leaf.hpp"
#include "lib/patience.hpp"
#include "lib/poll_net.hpp"
#include "lib/queue_stats.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

constexpr std::chrono::seconds settle_time{1};
// So long that who polls is not late on the busiest host, and IO that is lost is
// still found within each test's time.
constexpr std::chrono::milliseconds long_tick{4000};

// Independent of which other tests run, so that --filter repeats a failure.
std::mt19937_64 random_for(const test_case &test, const settings &options)
{
	std::seed_seq all{options.seed, options.seed >> 32,
			  static_cast<std::uint64_t>(std::hash<std::string>()(test.name))};

	return std::mt19937_64(all);
}

std::chrono::seconds limit_of(const test_case &test, const settings &options)
{
	auto limit = patient(std::chrono::seconds(std::max(options.timeout, test.limit)));

	return limit + std::chrono::seconds(test.lasts ? options.duration : 0);
}

outcome report_failure(const env &e, const std::string &text)
{
	auto where = e.where.empty() ? "" : "\n" + e.where;

	return {ending::failed, text + where};
}

// Whatever it was that lost IO, the net completed it, and data and errors were right.
void check_rescued(const test_case &test, env &e)
{
	auto rescued = read_all_rescued();

	e.notes += fmt::format("passes of the net that found completions: {}\n", rescued);
	if (test.net != net_role::needed)
		check_equal("passes of the kernel's net that found completions", rescued,
			    std::uint64_t{0});
}

outcome run_test(const test_case &test, env &e)
{
	try {
		test.run(e);
		check_rescued(test, e);
		return {ending::passed, e.notes};
	} catch (const mismatch &bad) {
		return report_failure(e, fmt::format("what:   {}\ngot:    {}\nwanted: {}", bad.what,
						     bad.got, bad.wanted));
	} catch (const skip_test &skip) {
		return {ending::skipped, skip.reason};
	} catch (const std::exception &error) {
		return report_failure(e, std::string("error:  ") + error.what());
	}
}

bool has_failed(const outcome &end)
{
	return end.how != ending::passed && end.how != ending::skipped;
}

void fail(outcome &end, const std::string &why)
{
	if (!has_failed(end))
		end.how = ending::failed;
	if (!end.text.empty() && end.text.back() != '\n')
		end.text += '\n';
	end.text += why;
}

} // namespace

driver::driver(const settings &options, std::vector<claimed_disk> &disks, ktap_writer &out)
    : options_(options), disks_(disks), out_(out), prefix_(fmt::format("dm_iopoll-{}-", ::getpid()))
{
}

bool driver::run(const test_case &test)
{
	env e{.disks = disks_,
	      .expect = options_.expect,
	      .hotplug = options_.hotplug,
	      .leaf_file = options_.leaf,
	      .bad_sector = options_.bad_sector,
	      .prefix = fmt::format("{}{}-", prefix_, ++tests_),
	      .random = random_for(test, options_),
	      .duration = std::chrono::seconds(options_.duration)};

	if (test.takes_disks)
		release_disks();
	log_.mark("dm_iopoll: " + test.name);
	forget_rescued();
	std::optional<poll_net_tick> tick;
	if (test.net != net_role::needed)
		tick.emplace(test.net == net_role::absent ? std::chrono::milliseconds(0)
							  : patient(long_tick));
	auto result =
		run_isolated([&] { return run_test(test, e); },
			     {.limit = limit_of(test, options_), .rescue = [&] { let_go(); }});
	clean_up(result.end);
	drain(result.end);
	scan_log(test, result.end);
	report(test, result.end);
	return may_go_on(result);
}

// Whatever a process of the test may wait for in the kernel.
void driver::let_go() const
{
	resume_dm_devices(prefix_);
	release_leaf();
}

void driver::clean_up(outcome &end) const
{
	let_go(); // or what lies on a suspended device could not go
	for (const auto &name : remove_dm_devices(prefix_))
		fail(end, "left:   dm device " + name);
	if (leaf_is_loaded())
		fail(end, unload_leaf() ? "left:   the test leaf, loaded"
					: "left:   the test leaf, in use");
}

// IO that a failed test lost is found by the disk driver's timeout, and said in
// the log: wait for that, lest the next test be blamed.
void driver::drain(outcome &end) const
{
	auto deadline = std::chrono::steady_clock::now() +
			(has_failed(end) ? isolation().grace : patient(settle_time));

	for (const auto &disk : disks_) {
		if (!has_disk(disk.kernel_name)) {
			fail(end, "left:   no disk " + disk.path);
			continue;
		}
		while (read_inflight(disk.kernel_name) &&
		       std::chrono::steady_clock::now() < deadline)
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
		if (auto left = read_inflight(disk.kernel_name))
			fail(end,
			     fmt::format("left:   {} requests in flight at {}", left, disk.path));
	}
}

void driver::release_disks()
{
	for (auto &disk : disks_)
		disk.fd.reset();
}

void driver::scan_log(const test_case &test, outcome &end)
{
	for (const auto &line : log_.complaints(test.allowed_log)) {
		fail(end, "kernel: " + line);
		// whatever else went wrong: IO was there that nobody completed
		if (end.how == ending::failed && tells_of_timeout(line))
			end.how = ending::stalled;
	}
}

void driver::report(const test_case &test, const outcome &end)
{
	if (end.how == ending::skipped)
		return out_.skipped(test.name, end.text);
	if (end.how == ending::passed) {
		if (options_.verbose)
			out_.note(end.text);
		return out_.passed(test.name);
	}
	out_.note("end:    " + to_string(end.how) + "\n" + end.text);
	out_.note(fmt::format("seed:   {}\nagain:  {}", options_.seed,
			      command_for(options_, test.name)));
	out_.failed(test.name);
}

bool driver::may_go_on(const isolated_result &result)
{
	if (!result.gone)
		out_.bail_out("a test process does not end even when killed: its IO never "
			      "completed; see the kernel log, and reboot");
	else if (stop_requested())
		out_.bail_out("told to stop by a signal");
	else if (options_.until_failure && has_failed(result.end))
		out_.bail_out("told to end after the first failure");
	else
		return true;
	return false;
}

} // namespace dmpoll
