// SPDX-License-Identifier: GPL-2.0
// Whether KVM runs guests here. /dev/kvm proves nothing (nested hosts offer it and then fail or
// hang), so a guest is really booted; the answer holds until the host boots again.
#pragma once

#include "machine.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lab
{

struct accel_verdict {
	accelerator accel = accelerator::tcg;
	std::string reason = {}; // what was tried, and what happened
	bool cached = false;
};

struct probe_tools {
	std::filesystem::path qemu, init, kernel, initrd;
};

void forget_accelerator();

// Takes up to ten seconds the first time after a boot of the host.
accel_verdict choose_accelerator(const probe_tools &tools);

// The line that says loudly what emulation means; empty for KVM.
std::string emulation_warning(const accel_verdict &verdict);

// The cache file's content, and its reading; exposed for the tests.
std::string encode_verdict(const accel_verdict &verdict, std::string_view boot_id);
std::optional<accel_verdict> decode_verdict(std::string_view text, std::string_view boot_id);

} // namespace lab
