// SPDX-License-Identifier: GPL-2.0
// Other drivers with bio-based queues, which do not poll: their io_poll reads 0,
// and refuses whatever is written.
#include <cerrno>
#include <filesystem>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/command.hpp"
#include "lib/error.hpp"
#include "lib/made_disk.hpp"
#include "lib/queue_setting.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

void check_refuses(const std::string &disk)
{
	check_io_poll(disk, "0");
	for (const auto *value : {"0", "1"})
		check_equal(std::string("errno of writing ") + value + " to io_poll of " + disk,
			    errno_name(try_set_queue(disk, "io_poll", value)), errno_name(EINVAL));
}

// An array without disks.
void md(env &e)
{
	if (!md_array::can_be_made())
		throw skip_test{
			"needs md: build the kernel with CONFIG_BLK_DEV_MD, or load md_mod"};
	md_array array(e.prefix.substr(0, e.prefix.size() - 1));

	check_refuses(array.name());
}

// A backing device without a cache, on a dm device that goes with the test.
void bcache(env &e)
{
	constexpr auto maker = "/sys/fs/bcache/register";
	auto device = make_plain_linear(e);

	if (!std::filesystem::exists(maker))
		load_module("bcache");
	if (!std::filesystem::exists(maker))
		throw skip_test{
			"needs bcache: build the kernel with CONFIG_BCACHE, or load bcache"};
	if (!has_program("make-bcache"))
		throw skip_test{"needs make-bcache: install bcache-tools"};
	run_command({"make-bcache", "--wipe-bcache", "-B", device.path});
	write_text(maker, device.path);
	made_disk disk("bcache0", "bcache/stop", "1");
	check_refuses("bcache0");
}

} // namespace

static std::vector<test_case> bio_based_tests()
{
	return {
		{"sysfs.md-io-poll", "io_poll of an md array takes nothing", md},
		{"sysfs.bcache-io-poll", "io_poll of a bcache device takes nothing", bcache},
	};
}

static const test_group group{bio_based_tests};

} // namespace dmpoll
