// SPDX-License-Identifier: GPL-2.0
#include "nvme_tcp.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.hpp"
#include "error.hpp"
#include "fd.hpp"
#include "queue_stats.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

using namespace std::chrono_literals;

constexpr auto fabrics = "/dev/nvme-fabrics";
constexpr auto nqn = "nqn.2020-12.org.dm-iopoll:test";
constexpr auto patience = 10s;
const std::string config_root = "/sys/kernel/config";
const std::string nvmet = config_root + "/nvmet";
const std::string subsystem = nvmet + "/subsystems/" + nqn;
const std::string space = subsystem + "/namespaces/1";
constexpr unsigned first_port = 4420;

std::string port_dir(unsigned port)
{
	return fmt::format("{}/ports/{}", nvmet, first_port + port);
}

std::string link_of(unsigned port)
{
	return port_dir(port) + "/subsystems/" + nqn;
}

void mount_configfs()
{
	if (!fs::exists(nvmet))
		::mount("configfs", config_root.c_str(), "configfs", 0, nullptr);
}

// The guest's init may have left it down.
void bring_loopback_up()
{
	unique_fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq request = {};
	struct sockaddr_in address = {};

	check_errno(socket.get(), "make a socket");
	std::snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	std::memcpy(&request.ifr_addr, &address, sizeof(address));
	check_errno(::ioctl(socket.get(), SIOCSIFADDR, &request), "give lo its address");
	check_errno(::ioctl(socket.get(), SIOCGIFFLAGS, &request), "read the flags of lo");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	check_errno(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "bring lo up");
}

// The kernel answers with "instance=2,cntlid=1".
std::string connect(const std::string &options)
{
	auto file = open_file(fabrics, O_RDWR);
	char answer[64] = "";
	int instance;

	check_errno(::write(file.get(), options.data(), options.size()), "connect to " + options);
	check_errno(::read(file.get(), answer, sizeof(answer) - 1), "read the new controller");
	if (std::sscanf(answer, "instance=%d", &instance) != 1)
		throw_errno(EPROTO, fmt::format("new controller: cannot read '{}'", answer));
	return fmt::format("/sys/class/nvme/nvme{}", instance);
}

// "nvme2n1": not the hidden path "nvme2c2n1" of a multipath device, whose head is
// called after the subsystem.
std::string find_disk(const std::string &controller)
{
	std::error_code error;

	for (const auto &entry : fs::directory_iterator(controller, error)) {
		std::string name = entry.path().filename();
		unsigned subsystem_number, path_number, number;

		if (std::sscanf(name.c_str(), "nvme%uc%un%u", &subsystem_number, &path_number,
				&number) == 3)
			name = fmt::format("nvme{}n{}", subsystem_number, number);
		else if (std::sscanf(name.c_str(), "nvme%un%u", &subsystem_number, &number) != 2)
			continue;
		if (has_disk(name) && ::access(("/dev/" + name).c_str(), F_OK) == 0)
			return name;
	}
	return {};
}

std::string await_disk(const std::string &controller)
{
	auto deadline = std::chrono::steady_clock::now() + patience;

	for (;;) {
		if (auto found = find_disk(controller); !found.empty())
			return found;
		if (std::chrono::steady_clock::now() > deadline)
			throw_errno(ENODEV, "disk of " + controller);
		std::this_thread::sleep_for(5ms);
	}
}

// Those of a test that was killed.
void disconnect_leftovers()
{
	std::error_code ignored;

	for (const auto &entry : fs::directory_iterator("/sys/class/nvme", ignored))
		if (trim(read_text_if_any(entry.path() / "subsysnqn").value_or("")) == nqn)
			write_text(entry.path() / "delete_controller", "1");
}

} // namespace

std::string missing_for_nvme_tcp()
{
	if (!fs::exists(config_root))
		load_module("configfs");
	mount_configfs();
	if (!fs::exists(nvmet + "/ports"))
		load_module("nvmet-tcp");
	if (!fs::exists(fabrics))
		load_module("nvme-tcp");
	if (!fs::exists(nvmet + "/ports"))
		return "CONFIG_NVME_TARGET_TCP";
	return fs::exists(fabrics) ? "" : "CONFIG_NVME_TCP";
}

nvme_tcp_target::nvme_tcp_target(const std::string &path, unsigned ports) : ports_(ports)
{
	bring_loopback_up();
	disconnect_leftovers();
	remove();
	try {
		make(path);
	} catch (...) {
		remove();
		throw;
	}
}

void nvme_tcp_target::make(const std::string &path)
{
	fs::create_directory(subsystem);
	write_text(subsystem + "/attr_allow_any_host", "1");
	fs::create_directory(space);
	write_text(space + "/device_path", path);
	write_text(space + "/enable", "1");
	for (unsigned port = 0; port < ports_; port++) {
		auto dir = port_dir(port);

		fs::create_directory(dir);
		write_text(dir + "/addr_adrfam", "ipv4");
		write_text(dir + "/addr_trtype", "tcp");
		write_text(dir + "/addr_traddr", "127.0.0.1");
		write_text(dir + "/addr_trsvcid", std::to_string(first_port + port));
		mend(port);
	}
}

void nvme_tcp_target::mend(unsigned port) const
{
	fs::create_symlink(subsystem, link_of(port));
}

void nvme_tcp_target::cut(unsigned port) const
{
	fs::remove(link_of(port));
}

void nvme_tcp_target::set_access(unsigned port, const std::string &state) const
{
	write_text(port_dir(port) + "/ana_groups/1/ana_state", state);
}

void nvme_tcp_target::remove() noexcept
{
	std::error_code error;

	for (unsigned port = 0; port < ports_; port++)
		for (const auto &path : {link_of(port), port_dir(port)})
			fs::remove(path, error);
	for (const auto &path : {space, subsystem})
		fs::remove(path, error);
}

nvme_tcp_target::~nvme_tcp_target()
{
	remove();
}

nvme_tcp_host::nvme_tcp_host(unsigned poll_queues, unsigned port)
    : controller_(connect(fmt::format("transport=tcp,traddr=127.0.0.1,trsvcid={},nqn={},"
				      "nr_io_queues=1,nr_poll_queues={},reconnect_delay=1",
				      first_port + port, nqn, poll_queues))),
      disk_(await_disk(controller_))
{
}

nvme_tcp_host::~nvme_tcp_host()
{
	try {
		write_text(controller_ + "/delete_controller", "1");
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

bool nvme_tcp_host::is_multipath() const
{
	return !fs::exists(controller_ + "/" + disk_);
}

std::string nvme_tcp_host::state() const
{
	return trim(read_text(controller_ + "/state"));
}

std::string nvme_tcp_host::access() const
{
	for (const auto &entry : fs::directory_iterator(controller_))
		if (auto text = read_text_if_any(entry.path() / "ana_state"))
			return trim(*text);
	throw_errno(ENOENT, "path of " + controller_);
}

void nvme_tcp_host::reset() const
{
	write_text(controller_ + "/reset_controller", "1");
}

} // namespace dmpoll
