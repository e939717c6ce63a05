// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "lib/error.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace dmpoll
{

namespace fs = std::filesystem;

made_machine::made_machine()
{
	std::string name = (fs::temp_directory_path() / "dmpoll-unit-XXXXXX").string();

	if (!::mkdtemp(name.data()))
		throw_errno(errno, "make a directory for a test");
	top_ = name;
	fs::permissions(top_, fs::perms(0755));
	write("sys", "class/block/README", "");
	fs::create_directories(top_ / "debug/block");
	write("proc", "interrupts", "           CPU0       CPU1\n");
}

made_machine::~made_machine()
{
	std::error_code error;

	fs::remove_all(top_, error);
}

void made_machine::write(const std::string &root, const std::string &path, const std::string &text)
{
	const fs::path file = top_ / root / path;

	fs::create_directories(file.parent_path());
	std::ofstream(file) << text;
}

// @directory is below sys/devices. Returns it with the name, relative to sys.
std::string made_machine::add_device(const std::string &directory, const std::string &name)
{
	const std::string device = "devices/" + directory + "/" + name;

	write("sys", device + "/dev", fmt::format("253:{}\n", next_minor_++));
	write("sys", device + "/stat", "0 0 0 0 0 0 0 0 0 0 0\n");
	fs::create_directories(top_ / "sys" / device / "holders");
	fs::create_directory_symlink(fs::path("../../") / device, top_ / "sys/class/block" / name);
	return device;
}

void made_machine::link_lower(const std::string &directory, const std::vector<std::string> &lower)
{
	fs::create_directories(top_ / "sys" / directory / "slaves");
	for (const std::string &name : lower)
		fs::create_directory_symlink(top_ / "sys/class/block" / name,
					     top_ / "sys" / directory / "slaves" / name);
}

void made_machine::add_nvme(const std::string &controller, const made_nvme &options)
{
	const std::string name = options.path.empty() ? controller + "n1" : options.path;
	const std::string bus = "pci0000:00/0000:00:04.0";
	const std::string top = bus + "/nvme/" + controller;
	const std::string device = add_device(top, name);

	write("sys", "devices/" + top + "/transport", options.transport + "\n");
	// the controller's link to the PCI device
	fs::create_directory_symlink("../../../0000:00:04.0",
				     top_ / "sys/devices" / top / "device");
	fs::create_directory_symlink("..", top_ / "sys" / device / "device");
	fs::create_directories(top_ / "sys" / device / "mq/0");
	write("sys", device + "/queue/io_poll", options.io_poll ? "1\n" : "0\n");
	write("sys", device + "/queue/io_poll_delay", "-1\n");
	write("sys", device + "/queue/scheduler", "[none] mq-deadline kyber\n");
	write("sys", device + "/queue/nr_requests", "1023\n");
	write("sys", "module/nvme/parameters/poll_queues",
	      std::to_string(options.poll_queues.value_or(1)) + "\n");
	write("sys", device + "/hidden", options.path.empty() ? "0\n" : "1\n");
	if (options.is_module)
		write("sys", "module/nvme/initstate", "live\n");
	if (!options.poll_queues)
		return;
	for (unsigned at = 0; at <= *options.poll_queues; at++) {
		const std::string hctx = fmt::format("block/{}/hctx{}/", name, at);

		write("debug", hctx + "type", at ? "poll\n" : "default\n");
		if (options.counters)
			write("debug", hctx + "io_poll", "considered=3\ninvoked=2\nsuccess=1\n");
	}
}

void made_machine::add_nvme_head(const std::string &name, bool io_poll)
{
	const std::string device = add_device("virtual/nvme-subsystem/nvme-subsys0", name);

	fs::create_directory_symlink("..", top_ / "sys" / device / "device");
	write("sys", device + "/queue/io_poll", io_poll ? "1\n" : "0\n");
}

void made_machine::add_partition(const std::string &disk, unsigned number)
{
	const fs::path directory =
		fs::relative(fs::canonical(top_ / "sys/class/block" / disk), top_ / "sys/devices");
	const std::string device = add_device(directory, fmt::format("{}p{}", disk, number));

	write("sys", device + "/partition", std::to_string(number) + "\n");
}

void made_machine::add_dm(const std::string &name, const made_dm &options)
{
	const unsigned minor = next_minor_;
	const std::string device = add_device("virtual/block", name);
	dm_state state{.name = "vol-" + name.substr(3),
		       .uuid = options.uuid,
		       .suspended = options.suspended};

	for (const std::string &target : options.targets)
		state.table.push_back({state.table.size() * 8, 8, target, {}});
	write("sys", device + "/dm/name", state.name + "\n");
	write("sys", device + "/dm/uuid", state.uuid + "\n");
	write("sys", device + "/dm/suspended", options.suspended ? "1\n" : "0\n");
	write("sys", device + "/queue/io_poll", options.io_poll ? "1\n" : "0\n");
	write("sys", device + "/queue/io_poll_delay", std::to_string(options.io_poll_delay) + "\n");
	write("sys", device + "/queue/scheduler", "none\n");
	link_lower(device, options.lower);
	states_[minor] = state;
}

void made_machine::add_md(const std::string &name, const std::string &level,
			  const std::vector<std::string> &lower)
{
	const std::string device = add_device("virtual/block", name);

	write("sys", device + "/md/level", level + "\n");
	write("sys", device + "/queue/io_poll", "0\n");
	write("sys", device + "/queue/io_poll_delay", "0\n");
	link_lower(device, lower);
}

void made_machine::add_loop(const std::string &name, const std::string &backing_file)
{
	const std::string device = add_device("virtual/block", name);

	write("sys", device + "/loop/backing_file", backing_file + "\n");
	write("sys", device + "/queue/io_poll", "0\n");
	write("sys", device + "/queue/io_poll_delay", "-1\n");
	write("sys", device + "/queue/scheduler", "[mq-deadline] none\n");
	fs::create_directories(top_ / "sys" / device / "mq/0");
	write("debug", "block/" + name + "/hctx0/type", "default\n");
}

dm_state made_machine::state_of(unsigned minor) const
{
	if (table_error)
		throw_errno(table_error, "read the table, over /dev/mapper/control");
	return states_.at(minor);
}

stack_sources made_machine::sources(kernel_version version)
{
	return {.roots = {.sysfs = top_ / "sys",
			  .procfs = top_ / "proc",
			  .debugfs = top_ / "debug"},
		.kernel = version,
		.dm_state_of = [this](unsigned, unsigned minor) { return state_of(minor); },
		.nowait_of = [this](const device_node &node) -> std::optional<bool> {
			const auto known = nowait.find(node.name);

			return known == nowait.end() ? true : known->second;
		}};
}

device_stack made_machine::read(const std::string &name, kernel_version version)
{
	return read_stack(name, sources(version));
}

as_nobody::as_nobody()
{
	if (::geteuid() == 0)
		check_errno(::seteuid(65534), "become nobody");
}

as_nobody::~as_nobody()
{
	if (::getuid() == 0 && ::seteuid(0))
		std::abort();
}

} // namespace dmpoll
