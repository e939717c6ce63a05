// SPDX-License-Identifier: GPL-2.0
// A second process of a test: one that may be stopped or killed with IO in
// flight, or that may hang in the kernel without the test hanging with it.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <sys/types.h>

#include "fd.hpp"

namespace dmpoll
{

class child_process
{
public:
	// Forks and runs @body there; @what names it in reports. No other thread
	// may run. The child dies with its parent.
	child_process(std::string what, const std::function<void()> &body);
	child_process(const child_process &) = delete;
	child_process &operator=(const child_process &) = delete;
	// Kills, and waits until the kernel lets the process go: at most as long
	// as the NVMe driver's timeout takes to end its IO.
	~child_process();

	void stop(); // returns when it is stopped
	void go_on();
	void kill();

	// This and the next: @limit is that of a usual machine (see patience.hpp).
	bool ended_within(std::chrono::milliseconds limit);

	// Whether it comes to wait in the kernel, where no signal wakes it, and stays.
	bool waits_within(std::chrono::milliseconds limit);

	// Throws mismatch unless @body ends within @limit, and what @body threw.
	void finish(std::chrono::milliseconds limit);

private:
	std::string what_;
	pid_t pid_;
	unique_fd pipe_; // what @body threw; ends with the process
	bool reaped_ = false;
};

} // namespace dmpoll
