// SPDX-License-Identifier: GPL-2.0
// Other drivers with bio-based queues, which do not poll: their io_poll reads 0,
// and refuses whatever is written.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/command.hpp"
#include "lib/error.hpp"
#include "lib/queue_setting.hpp"
#include "lib/queue_stats.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

void await_disk(const std::string &disk, bool wanted)
{
	stopwatch watch;

	while (has_disk(disk) != wanted) {
		check_at_most("milliseconds until " + disk + (wanted ? " is there" : " is gone"),
			      watch.elapsed().count(), 5000L);
		std::this_thread::sleep_for(5ms);
	}
}

// Waits for a disk that was asked for; takes it away when it goes, by writing
// @value to @attribute.
class made_disk
{
public:
	made_disk(std::string name, std::string attribute, std::string value)
	    : name_(std::move(name)), attribute_(std::move(attribute)), value_(std::move(value))
	{
		await_disk(name_, true);
	}
	made_disk(const made_disk &) = delete;
	made_disk &operator=(const made_disk &) = delete;
	~made_disk()
	{
		try {
			write_text("/sys/block/" + name_ + "/" + attribute_, value_);
			await_disk(name_, false);
		} catch (const mismatch &bad) {
			std::fprintf(stderr, "# %s: %s\n", bad.what.c_str(), bad.got.c_str());
		} catch (const std::exception &error) {
			std::fprintf(stderr, "# %s\n", error.what());
		}
	}

private:
	std::string name_, attribute_, value_;
};

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
	const std::string name = "md_" + e.prefix.substr(0, e.prefix.size() - 1);
	constexpr auto maker = "/sys/module/md_mod/parameters/new_array";

	if (!std::filesystem::exists(maker))
		throw skip_test{
			"needs md: build the kernel with CONFIG_BLK_DEV_MD, or load md_mod"};
	write_text(maker, name);
	made_disk disk(name, "md/array_state", "clear");
	check_refuses(name);
}

// A backing device without a cache, on a dm device that goes with the test.
void bcache(env &e)
{
	constexpr auto maker = "/sys/fs/bcache/register";
	auto device = make_plain_linear(e);

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
