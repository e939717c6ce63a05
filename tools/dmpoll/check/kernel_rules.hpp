// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/stack.hpp"

#include <string>

namespace dmpoll
{

// How the running kernel polls device-mapper devices.
enum class dm_polling {
	none,
	series,   // the patch series for 5.10: what io_poll of a dm device reads is true
	upstream, // 5.18 and later: io_poll says that all devices below poll, whatever the targets
};

// What differs between kernels, as far as it decides whether IO is polled.
struct kernel_rules {
	kernel_version version{}; // of the block layer, where a vendor took a newer one (RHEL 9)
	dm_polling dm = dm_polling::none;

	// Since 5.16 the driver decides, and what is written to io_poll is ignored.
	bool io_poll_writable() const { return version < io_poll_fixed; }
	bool sync_is_polled() const { return version < sync_polling_gone; }
	// Seen on 6.12; somewhat earlier kernels may do either.
	bool unpolled_is_refused() const { return version >= kernel_version{6, 12}; }
	// Before 5.16 an asynchronous polled bio may not wait: EOPNOTSUPP where NOWAIT is missing.
	bool polled_is_nowait() const
	{
		return version < io_poll_fixed && dm != dm_polling::series;
	}
};

// Told from the version and from the attributes of the stack's dm devices.
kernel_rules rules_of(const device_stack &stack);

// What becomes of polled IO to a dm target type whose devices can be polled.
enum class target_polling { polled, interrupt, stalls, unknown };

target_polling polling_of_target(const std::string &type, const kernel_rules &rules,
				 bool request_based = false);

// Why a target type does not poll, to follow its name: "crypt sends bios of its own ..."
std::string reason_of_target(const std::string &type);

// Whether files of that type can be polled: others answer EOPNOTSUPP. From the kernels' sources.
bool filesystem_polls(const std::string &type, const kernel_version &version);

} // namespace dmpoll
