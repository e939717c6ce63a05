// SPDX-License-Identifier: GPL-2.0
// The kernel's safety net: polled IO for which nobody polls is completed by the
// kernel, a tick later. It counts what it completes, for each disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dmpoll
{

// IO of a disk that only the net completed, since forget_rescued(); nullopt when
// the kernel has no net.
std::optional<std::uint64_t> read_rescued(const std::string &disk);

// The same of all disks there are, and of those that went in this process.
std::uint64_t read_all_rescued();
void forget_rescued();
// To be called before a disk goes.
void keep_rescued(const std::string &disk);

bool has_poll_net();

// Keeps the net away for as long as it lives.
class without_poll_net
{
public:
	without_poll_net();
	without_poll_net(const without_poll_net &) = delete;
	without_poll_net &operator=(const without_poll_net &) = delete;
	~without_poll_net();
};

} // namespace dmpoll
