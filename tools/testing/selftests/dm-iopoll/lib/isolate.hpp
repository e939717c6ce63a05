// SPDX-License-Identifier: GPL-2.0
// Runs a test in a process of its own, under a watchdog: a polled read that
// nobody completes sleeps uninterruptibly, so the only sound way not to hang
// with it is to be somebody else.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace dmpoll
{

enum class ending {
	passed,
	failed,
	skipped,
	stalled, // did not end in time, or only because the disk driver's timeout came
	crashed,
};

std::string to_string(ending);

struct outcome {
	ending how = ending::passed;
	std::string text; // reason of a skip; report of a failure; notes of a pass
};

struct isolation {
	std::chrono::seconds limit{20};
	// How long a killed process may still take to die: the kernel lets it go
	// only when the driver's own timeout (NVMe: 30 s) ends its IO.
	std::chrono::seconds grace{45};
	// Called after the kill, to let go what may hold the process in the kernel.
	std::function<void()> rescue = [] {};
};

struct isolated_result {
	outcome end;
	bool gone = true; // false: the process outlived even the grace
};

// From now on SIGINT, SIGTERM and SIGHUP end the test under way, as a failure,
// instead of us: so that we can clean up.
void catch_stop_signals();
bool stop_requested();

// Forks, runs @test there and waits, for at most limit + grace. Everything the
// test makes must be gone when it returns: only then is its outcome sent.
isolated_result run_isolated(const std::function<outcome()> &test, const isolation &options);

} // namespace dmpoll
