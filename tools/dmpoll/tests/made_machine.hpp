// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/stack_reader.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

struct made_nvme {
	std::optional<unsigned> poll_queues = 1; // nothing: debugfs does not show any hw queue
	bool io_poll = true;
	bool counters = true; // in debugfs: kernels before 5.19
	bool is_module = false;
	std::string transport = "pcie";
	std::string path{}; // the disk is a hidden one of this name, a path of a head
};

struct made_dm {
	std::vector<std::string> targets{};
	std::vector<std::string> lower{};
	bool io_poll = true;
	long io_poll_delay = -1; // 0: a kernel without the series
	bool suspended = false;
	std::string uuid{};
};

// A sysfs, debugfs and procfs in a directory of its own, laid out as the kernel does.
class made_machine
{
public:
	made_machine();
	made_machine(const made_machine &) = delete;
	made_machine &operator=(const made_machine &) = delete;
	~made_machine();

	void add_nvme(const std::string &controller, const made_nvme &options = {});
	// An NVMe multipath device; its paths are added apart.
	void add_nvme_head(const std::string &name, bool io_poll);
	void add_partition(const std::string &disk, unsigned number);
	// Named "vol-N" for dm-N.
	void add_dm(const std::string &name, const made_dm &options);
	void add_md(const std::string &name, const std::string &level,
		    const std::vector<std::string> &lower);
	void add_loop(const std::string &name, const std::string &backing_file);

	// Below sysfs or another root; directories above are made.
	void write(const std::string &root, const std::string &path, const std::string &text);
	void remove(const std::string &path) { std::filesystem::remove_all(top_ / path); }
	auto path(const std::string &name) const -> std::filesystem::path { return top_ / name; }

	stack_sources sources(kernel_version version = {5, 10});
	device_stack read(const std::string &name, kernel_version version = {5, 10});

	// What RWF_NOWAIT would find; true where nothing is said.
	std::map<std::string, bool> nowait{};
	// errno for whoever asks for a table; 0: it is told.
	int table_error = 0;

private:
	std::string add_device(const std::string &directory, const std::string &name);
	void link_lower(const std::string &directory, const std::vector<std::string> &lower);
	dm_state state_of(unsigned minor) const;

	std::filesystem::path top_;
	unsigned next_minor_ = 0;
	std::map<unsigned, dm_state> states_{};
};

// Nobody in particular, for as long as it lives; files that only root may read cannot be read.
class as_nobody
{
public:
	as_nobody();
	~as_nobody();
};

} // namespace dmpoll
