// SPDX-License-Identifier: GPL-2.0
#include "made_disk.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "lib/patience.hpp"
#include "lib/queue_stats.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr auto longest = 5s; // that somebody else may have a disk open

void await_disk(const std::string &disk, bool wanted)
{
	stopwatch watch;

	while (has_disk(disk) != wanted) {
		check_at_most("milliseconds until " + disk + (wanted ? " is there" : " is gone"),
			      watch.elapsed().count(),
			      patient(std::chrono::milliseconds(longest)).count());
		std::this_thread::sleep_for(5ms);
	}
}

// Whoever looks at each new disk, to know what is on it, may have it open.
void write_when_idle(const std::string &path, const std::string &value)
{
	stopwatch watch;

	while (true) {
		try {
			return write_text(path, value);
		} catch (const std::system_error &error) {
			if (error.code().value() != EBUSY || watch.elapsed() > patient(longest))
				throw;
		}
		std::this_thread::sleep_for(5ms);
	}
}

std::string ask_for_array(const env &e)
{
	constexpr auto maker = "/sys/module/md_mod/parameters/new_array";
	auto name = "md_" + e.prefix.substr(0, e.prefix.size() - 1);

	if (!std::filesystem::exists(maker))
		throw skip_test{
			"needs md: build the kernel with CONFIG_BLK_DEV_MD, or load md_mod"};
	write_text(maker, name);
	return name;
}

} // namespace

made_disk::made_disk(std::string name, std::string attribute, std::string value)
    : name_(std::move(name)), attribute_(std::move(attribute)), value_(std::move(value))
{
	await_disk(name_, true);
}

made_disk::~made_disk()
{
	try {
		write_when_idle("/sys/block/" + name_ + "/" + attribute_, value_);
		await_disk(name_, false);
	} catch (const mismatch &bad) {
		std::fprintf(stderr, "# %s: %s\n", bad.what.c_str(), bad.got.c_str());
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

md_array::md_array(const env &e) : name_(ask_for_array(e)), disk_(name_, "md/array_state", "clear")
{
}

void md_array::set(const std::string &attribute, const std::string &value) const
{
	write_when_idle("/sys/block/" + name_ + "/md/" + attribute, value);
}

} // namespace dmpoll
