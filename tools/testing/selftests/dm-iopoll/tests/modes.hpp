// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <string>

namespace dmpoll
{

// What becomes of polled IO.
enum class poll_mode {
	poll,       // completes by polling, and by nothing else
	irq,        // completes by interrupt: the kernel dropped the wish to poll
	eopnotsupp, // async: refused with -EOPNOTSUPP; sync: as irq
};

enum class access { async, sync }; // an IOPOLL io_uring; preadv2, pwritev2 with RWF_HIPRI

struct expectations {
	poll_mode dm = poll_mode::poll;
	poll_mode raw = poll_mode::poll;
	// Sync IO completes by interrupt on every device: sync_polling_gone.
	bool sync_ignored = false;
};

std::string to_string(poll_mode mode);
std::string to_string(access how);

} // namespace dmpoll
