// SPDX-License-Identifier: GPL-2.0
// What makes the kernel refuse an IO that must not block, or let it wait.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device.hpp"
#include "lib/queue_setting.hpp"

namespace dmpoll
{

// Lasts as long as it lives; again() does what has to be done again and again.
struct trouble {
	std::vector<std::unique_ptr<queue_setting>> settings = {};
	std::function<void()> again = sleep_a_little;

	static void sleep_a_little();
};

struct trouble_kind {
	std::string name, what;
	std::function<trouble(env &, test_device &)> make;
	// a part of an IO may have to wait at a frozen queue, and who freezes it for
	// other parts; nobody polls for those before all are sent
	bool rescues = false;
};

// Disks with few tags; the device suspended; queues frozen; schedulers changed; a
// controller reset.
const trouble_kind &few_tags_trouble();
const trouble_kind &suspend_trouble();
const trouble_kind &freeze_trouble();
const trouble_kind &scheduler_trouble();
const trouble_kind &reset_trouble();

using bodies = std::vector<std::function<void()>>;

// Runs each in a process of its own, in trouble until the last one ends.
void run_bodies(const bodies &all, trouble &);

} // namespace dmpoll
