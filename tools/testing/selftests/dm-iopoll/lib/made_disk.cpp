// SPDX-License-Identifier: GPL-2.0
#include "made_disk.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fcntl.h>

#include "command.hpp"
#include "fd.hpp"
#include "patience.hpp"
#include "queue_stats.hpp"
#include "text.hpp"
#include "verdict.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto array_maker = "/sys/module/md_mod/parameters/new_array";

clock::time_point give_up_time()
{
	return clock::now() + patient(5s);
}

void await_disk(const std::string &disk, bool wanted)
{
	auto end = give_up_time();

	while (has_disk(disk) != wanted) {
		if (clock::now() > end)
			throw mismatch{"disk " + disk, wanted ? "not there" : "still there",
				       wanted ? "there" : "gone"};
		std::this_thread::sleep_for(5ms);
	}
}

// Whoever looks at each new disk, to know what is on it, may have it open.
void write_when_idle(const std::string &path, const std::string &value)
{
	auto end = give_up_time();

	while (true) {
		try {
			return write_text(path, value);
		} catch (const std::system_error &error) {
			if (error.code().value() != EBUSY || clock::now() > end)
				throw;
		}
		std::this_thread::sleep_for(5ms);
	}
}

std::string ask_for_array(const std::string &name)
{
	write_text(array_maker, name);
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

bool md_array::can_be_made()
{
	if (!std::filesystem::exists(array_maker))
		load_module("md_mod");
	return std::filesystem::exists(array_maker);
}

md_array::md_array(const std::string &name)
    : name_(ask_for_array("md_" + name)), disk_(name_, "md/array_state", "clear")
{
}

void md_array::set(const std::string &attribute, const std::string &value) const
{
	write_when_idle("/sys/block/" + name_ + "/md/" + attribute, value);
}

void md_array::take(const std::string &kernel_name) const
{
	set("new_dev", trim(read_text("/sys/class/block/" + kernel_name + "/dev")));
}

void md_array::add(const md_member &member, std::size_t slot) const
{
	auto device = "dev-" + member.kernel_name + "/";

	take(member.kernel_name);
	set(device + "offset", std::to_string(member.offset));
	set(device + "size", std::to_string(member.length / 2)); // KiB
	set(device + "slot", std::to_string(slot));
}

void md_array::start(const std::string &level, const std::vector<md_member> &members) const
{
	set("metadata_version", "none");
	set("level", level);
	set("raid_disks", std::to_string(members.size()));
	for (std::size_t slot = 0; slot < members.size(); slot++)
		add(members[slot], slot);
	set("array_state", "active");
	open_file(path(), O_RDONLY); // the kernel looks for partitions, once
}

void md_array::start_raid0(const std::vector<md_member> &members, std::uint64_t chunk) const
{
	set("layout", "2"); // of zones, where members differ in length
	set("chunk_size", std::to_string(chunk * 512));
	start("raid0", members);
}

void md_array::start_linear(const std::vector<md_member> &members) const
{
	start("linear", members);
}

} // namespace dmpoll
