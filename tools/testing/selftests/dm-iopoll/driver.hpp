// SPDX-License-Identifier: GPL-2.0
// Runs tests, each in a process of its own, and reports them.
#pragma once

#include <string>
#include <vector>

#include "lib/disk.hpp"
#include "lib/isolate.hpp"
#include "lib/kernel_log.hpp"
#include "lib/ktap.hpp"
#include "options.hpp"
#include "tests/env.hpp"

namespace dmpoll
{

class driver
{
public:
	// All three must outlive it.
	driver(const settings &options, std::vector<claimed_disk> &disks, ktap_writer &out);

	// False when nothing more can be run: the test's process cannot be ended, or
	// somebody wants us to stop. Then the bail-out has been written.
	bool run(const test_case &test);

private:
	void let_go() const;
	void clean_up(outcome &end) const;
	void drain(outcome &end) const;
	void release_disks();
	void scan_log(const test_case &test, outcome &end);
	void report(const test_case &test, const outcome &end);
	bool may_go_on(const isolated_result &result);

	const settings &options_;
	std::vector<claimed_disk> &disks_;
	ktap_writer &out_;
	kernel_log log_;
	std::string prefix_; // of dm devices' names
	unsigned tests_ = 0; // run; what one leaves behind must not trip the next
};

} // namespace dmpoll
