// SPDX-License-Identifier: GPL-2.0
#include "fault.hpp"

#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "error.hpp"

namespace dmpoll
{

namespace
{

constexpr const char *nth_file = "/proc/thread-self/fail-nth";
constexpr const char *debugfs = "/sys/kernel/debug/";

void write_attribute(const std::string &path, const std::string &value)
{
	auto file = open_file(path, O_WRONLY);

	check_errno(::write(file.get(), value.data(), value.size()),
		    fmt::format("write {} to {}", value, path));
}

bool is_there(const std::string &path)
{
	return ::access(path.c_str(), W_OK) == 0;
}

// @path: in debugfs; a kernel without that kind of fault lacks it.
void write_if_there(const std::string &path, const std::string &value)
{
	if (is_there(debugfs + path))
		write_attribute(debugfs + path, value);
}

} // namespace

std::string missing_fault_option(fault_kind kind)
{
	if (!is_there(nth_file))
		return "CONFIG_FAULT_INJECTION";
	for (const auto &[dir, option] :
	     {std::pair{"failslab", "CONFIG_FAILSLAB"},
	      std::pair{"fail_page_alloc", "CONFIG_FAIL_PAGE_ALLOC"},
	      std::pair{"fail_make_request", "CONFIG_FAIL_MAKE_REQUEST"}}) {
		bool is_for_bios = dir == std::string("fail_make_request");

		if (is_for_bios == (kind == fault_kind::bio) &&
		    !is_there(fmt::format("{}{}/verbose", debugfs, dir)))
			return std::string(option) + " and CONFIG_FAULT_INJECTION_DEBUG_FS";
	}
	return {};
}

possible_faults::possible_faults(fault_kind kind, const std::string &disk)
    : kind_(kind), disk_(disk)
{
	// a stack for each fault says nothing new
	for (const auto *dir : {"failslab", "fail_page_alloc", "fail_make_request"})
		write_if_there(fmt::format("{}/verbose", dir), "0");
	set(true);
}

possible_faults::~possible_faults()
{
	try {
		set(false);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

void possible_faults::set(bool possible) const
{
	const auto *off = possible ? "N" : "Y", *on = possible ? "Y" : "N";

	if (kind_ == fault_kind::bio) {
		// The kernel counts what may fail over all kinds, and its own debugging
		// allocates now and then: only bios may fail then.
		write_if_there("failslab/cache-filter", on);
		write_if_there("fail_page_alloc/min-order", possible ? "64" : "1");
		return write_attribute(fmt::format("/sys/block/{}/make-it-fail", disk_),
				       possible ? "1" : "0");
	}
	// allocations that may wait are left out unless asked for
	for (const auto *dir : {"failslab", "fail_page_alloc"})
		write_if_there(fmt::format("{}/ignore-gfp-wait", dir), off);
}

nth_fault::nth_fault(unsigned nth) : file_(open_file(nth_file, O_RDWR))
{
	auto text = std::to_string(nth);

	check_errno(::pwrite(file_.get(), text.data(), text.size(), 0), "ask for a fault");
}

bool nth_fault::end()
{
	char left[16] = "";

	check_errno(::pread(file_.get(), left, sizeof(left) - 1, 0), "read what is left to fail");
	check_errno(::pwrite(file_.get(), "0", 1, 0), "ask for no more faults");
	return std::stoul(left) == 0;
}

nth_fault::~nth_fault()
{
	if (::pwrite(file_.get(), "0", 1, 0) != 1)
		std::perror("# end of faults");
}

} // namespace dmpoll
