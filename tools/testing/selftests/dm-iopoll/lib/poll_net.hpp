// SPDX-License-Identifier: GPL-2.0
// The kernel's safety net: polled IO for which nobody polls is completed by the
// kernel, a tick later. It counts its passes that found completions, for each hw
// queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dmpoll
{

// The net's passes over a disk that found completions, since forget_rescued(). 0 of
// a kernel without a net.
std::uint64_t read_rescued(const std::string &disk);

// The same of all disks there are, and of those that went in this process.
std::uint64_t read_all_rescued();
void forget_rescued();
// To be called before a disk goes.
void keep_rescued(const std::string &disk);

bool has_poll_net();

// The net's tick, for as long as this lives; 0 takes the net away. Does nothing
// on a kernel without a net.
class poll_net_tick
{
public:
	explicit poll_net_tick(std::chrono::milliseconds tick);
	poll_net_tick(const poll_net_tick &) = delete;
	poll_net_tick &operator=(const poll_net_tick &) = delete;
	~poll_net_tick();

private:
	std::string before_;
};

} // namespace dmpoll
