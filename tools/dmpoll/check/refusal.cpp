// SPDX-License-Identifier: GPL-2.0
#include "check/refusal.hpp"

#include "check/attribute.hpp"

#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dmpoll
{

namespace
{

constexpr const char *become_root = "run dmpoll as root";

std::string text_if_readable(const std::string &path)
{
	try {
		return trim(read_text_if_any(path).value_or(""));
	} catch (const std::system_error &) {
		return "";
	}
}

// "Seccomp:	2": a filter.
bool has_seccomp_filter(const std::string &status)
{
	for (const std::string &line : split_lines(status))
		if (line.starts_with("Seccomp:"))
			return trim(line.substr(8)) == "2";
	return false;
}

} // namespace

refusal_facts look_for_refusals(const file_roots &roots)
{
	const std::string lockdown =
		bracketed_or_all(text_if_readable(roots.sysfs + "/kernel/security/lockdown"));

	return {.root = geteuid() == 0,
		.lockdown = lockdown == "none" ? "" : lockdown,
		.io_uring_disabled =
			text_if_readable(roots.procfs + "/sys/kernel/io_uring_disabled"),
		.seccomp = has_seccomp_filter(text_if_readable(roots.procfs + "/self/status"))};
}

std::string why_no_debugfs(const refusal_facts &facts)
{
	if (!facts.root)
		return std::string("only root may read debugfs; ") + become_root;
	if (!facts.lockdown.empty())
		return fmt::format("the kernel is locked down ({}), which closes debugfs; that is "
				   "set at boot (Secure Boot, lockdown=)",
				   facts.lockdown);
	return "something beyond file permissions closes debugfs (a container, SELinux, the kernel "
	       "built with CONFIG_DEBUG_FS_DISALLOW_MOUNT); run dmpoll outside of it";
}

std::string why_no_io_uring(const refusal_facts &facts, int err)
{
	if (err == EPERM &&
	    (facts.io_uring_disabled == "2" || (facts.io_uring_disabled == "1" && !facts.root)))
		return fmt::format("io_uring is switched off (sysctl kernel.io_uring_disabled is "
				   "{}); sysctl kernel.io_uring_disabled=0 allows it",
				   facts.io_uring_disabled);
	if (facts.seccomp && (err == EPERM || err == ENOSYS))
		return "a seccomp filter refuses io_uring (as of a container; Docker's default "
		       "does); run dmpoll outside, or with --security-opt seccomp=unconfined";
	if (err == ENOSYS)
		return "this kernel has no io_uring (CONFIG_IO_URING)";
	return fmt::format("no io_uring can be made: {}", errno_name(err));
}

std::string why_not_readable(const refusal_facts &facts)
{
	if (!facts.root)
		return become_root;
	return "root may not, either: something beyond file permissions refuses it (the device "
	       "list of a container, SELinux)";
}

} // namespace dmpoll
