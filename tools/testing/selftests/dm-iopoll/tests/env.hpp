// SPDX-License-Identifier: GPL-2.0
// What a test is given, and the list of tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "lib/disk.hpp"
#include "modes.hpp"

namespace dmpoll
{

struct env {
	const std::vector<claimed_disk> &disks;
	expectations expect;
	std::string hotplug = {};   // the command of --hotplug
	std::string leaf_file = {}; // the test leaf's module; empty: none
	// In sectors: where one of the disks fails (--bad-sector).
	std::optional<std::uint64_t> bad_sector = {};
	std::string prefix = {};          // the names of all dm devices begin with it
	std::mt19937_64 random = {};      // seeded from --seed and the test's name
	std::chrono::seconds duration{3}; // of tests that can last
	std::string where = {}; // device, table and shape of the IO under way, for reports
	std::string shape = {}; // of that IO
	std::string notes = {}; // what was measured, a line each
	unsigned devices_made = 0;

	// Skips the test unless so many disks were named.
	void need_disks(std::size_t count) const;
};

// Of a test whose failure is that the kernel waits for the disk driver's timeout
// of 30 s: seconds that outlast it, and another.
inline constexpr unsigned long_limit = 75;

// The kernel's safety net, which completes IO that nobody polls for, in a test.
enum class net_role {
	idle,   // it must find nothing
	needed, // nobody polls for some of the IO: it may complete that
	absent, // it is turned off, so that it cannot complete what a bug loses
};

struct test_case {
	std::string name; // group.phrase-in-kebab-case; never changes
	std::string what; // one sentence
	std::function<void(env &)> run;
	bool on_request = false; // runs only when a --filter names its group
	unsigned limit = 0;      // seconds; 0: as --timeout says
	// Globs: lines of the kernel log that it provokes.
	std::vector<std::string> allowed_log = {};
	// It has disks taken away: nobody may have them open, nor will we lock them
	// again.
	bool takes_disks = false;
	bool lasts = false; // as long as --duration says, besides
	net_role net = net_role::idle;
};

// @run of these arguments, as a test_case's run.
template <auto run, auto... arguments> void call(env &e)
{
	run(e, arguments...);
}

// Makes the tests of one file a part of all_tests(), by a static object in that
// file: files of tests come and go, and nothing else changes.
class test_group
{
public:
	explicit test_group(std::vector<test_case> (*tests)());
};

// In the order of the files' names.
std::vector<test_case> all_tests();

} // namespace dmpoll
