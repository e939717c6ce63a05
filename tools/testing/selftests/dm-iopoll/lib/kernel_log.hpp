// SPDX-License-Identifier: GPL-2.0
// The kernel log as a witness: a marker before each test, a scan after it.
#pragma once

#include <string>
#include <vector>

#include "fd.hpp"

namespace dmpoll
{

// Whether no test may cause that line of the kernel log.
bool is_complaint(const std::string &line);

class kernel_log
{
public:
	kernel_log();

	// Writes @text into the log and forgets what was there before.
	void mark(const std::string &text);

	// The lines since mark() that no test may cause: warnings, oopses, hung
	// tasks, IO errors, and requests that only the driver's timeout completed.
	// Lines that match a glob of @allowed are left out.
	std::vector<std::string> complaints(const std::vector<std::string> &allowed = {});

private:
	unique_fd fd_;
	std::string marked_;
};

// Whether the line says that the disk driver's timeout found lost IO.
bool tells_of_timeout(const std::string &line);

} // namespace dmpoll
