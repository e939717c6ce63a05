// SPDX-License-Identifier: GPL-2.0
// The guest's first process: makes the host's read-only tree usable, runs one command, says how
// it ended, restarts the machine (which ends QEMU). Linked statically, because under pure
// emulation every file it would load costs boot time.
//
// A kernel whose drivers are modules starts it from an initrd (scripts/installed.sh), where it
// loads what reaches the host's tree and goes there itself.
//
// The host's tree cannot be given mount points, so the root is a tmpfs into which each top-level
// directory of the host is bound; the whole host tree stays visible at /host.
#include "guest_job.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace
{

using namespace std::chrono_literals;

[[noreturn]] void fail(const std::string &what)
{
	throw std::system_error(errno, std::generic_category(), what);
}

struct mount_point {
	std::string what;
	std::string where;
	std::string type = {};
	std::string options = {};
	unsigned long flags = 0;
};

void do_mount(const mount_point &m)
{
	if (mount(m.what.c_str(), m.where.c_str(), m.type.empty() ? nullptr : m.type.c_str(),
		  m.flags, m.options.c_str()) != 0)
		fail("mount " + m.what + " on " + m.where);
}

// For what a smaller kernel may lack and most commands can do without.
void try_mount(const mount_point &m)
{
	std::error_code ignored;
	fs::create_directories(m.where, ignored);
	if (mount(m.what.c_str(), m.where.c_str(), m.type.c_str(), m.flags, m.options.c_str()) != 0)
		std::cerr << "lab: no " << m.type << " on " << m.where << "\n";
}

void bind(const fs::path &from, const fs::path &to)
{
	do_mount({.what = from, .where = to, .flags = MS_BIND | MS_REC});
}

bool is_fresh(const fs::path &name)
{
	for (const char *fresh : {"tmp", "run", "proc", "sys", "dev", "out", "host", "lost+found"})
		if (name == fresh)
			return true;
	return false;
}

void bind_host_entry(const fs::directory_entry &entry, const fs::path &root)
{
	const auto to = root / entry.path().filename();
	if (is_fresh(entry.path().filename()))
		return;
	if (entry.is_symlink()) {
		fs::copy_symlink(entry.path(), to);
	} else if (entry.is_directory()) {
		fs::create_directory(to);
		bind(entry.path(), to);
	}
}

// What the kernel's command line says of a module: "name.parameter=value" without "name.".
std::string parameters_of(const std::string &module)
{
	std::ifstream line("/proc/cmdline");
	std::string word, found;
	while (line >> word)
		if (word.starts_with(module + "."))
			found += (found.empty() ? "" : " ") + word.substr(module.size() + 1);
	return found;
}

// A file in the initrd: NUMBER-NAME.ko. Some are faster ways for CPUs that this one is not.
void load_module(const fs::path &file)
{
	const auto stem = file.stem().string();
	const auto parameters = parameters_of(stem.substr(stem.find('-') + 1));
	const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    (syscall(SYS_finit_module, fd, parameters.c_str(), 0) != 0 && errno != ENODEV))
		fail("load " + file.string());
	close(fd);
}

void load_modules()
{
	std::vector<fs::path> files;
	for (const auto &entry : fs::directory_iterator("/modules"))
		if (entry.path().extension() == ".ko")
			files.push_back(entry.path());
	std::sort(files.begin(), files.end());
	for (const auto &file : files)
		load_module(file);
}

// From an initrd to the host's tree. Returns the host directory whose lib/modules has this kernel's
// modules; nothing if the kernel needs none and started us in the host's tree.
std::string leave_initrd()
{
	std::string directory;
	std::getline(std::ifstream("/modules/directory"), directory);
	if (directory.empty())
		return directory;
	do_mount({.what = "proc", .where = "/proc", .type = "proc"});
	load_modules();
	do_mount({.what = std::string(lab::root_tag),
		  .where = "/root",
		  .type = "9p",
		  .options = std::string(lab::root_options),
		  .flags = MS_RDONLY});
	do_mount({.what = "dev", .where = "/root/dev", .type = "devtmpfs"});
	if (chdir("/root") != 0)
		fail("chdir to the host's tree");
	do_mount({.what = ".", .where = "/", .flags = MS_MOVE});
	if (chroot(".") != 0 || chdir("/") != 0)
		fail("chroot to the host's tree");
	return directory;
}

// For the kernel, which loads modules itself, and for commands.
void name_modules(const std::string &directory)
{
	if (directory.empty())
		return;
	std::ofstream("/proc/sys/kernel/modprobe") << directory << "/modprobe";
	setenv("MODPROBE_OPTIONS", ("-d " + directory).c_str(), 1);
}

void build_root()
{
	const fs::path root = "/tmp";
	do_mount({.what = "root", .where = root, .type = "tmpfs", .options = "mode=755"});
	fs::create_directory(root / "host");
	// Not recursive: the tmpfs just mounted must not show up below itself.
	do_mount({.what = "/", .where = root / "host", .flags = MS_BIND});
	for (const auto &entry : fs::directory_iterator(root / "host"))
		bind_host_entry(entry, root);
	for (const char *fresh : {"tmp", "run", "proc", "sys", "dev", "out"})
		fs::create_directory(root / fresh);
	do_mount({.what = "/dev", .where = root / "dev", .flags = MS_MOVE});
	if (chdir(root.c_str()) != 0)
		fail("chdir to the new root");
	do_mount({.what = ".", .where = "/", .flags = MS_MOVE});
	if (chroot(".") != 0 || chdir("/") != 0)
		fail("chroot");
}

void mount_kernel_file_systems()
{
	do_mount({.what = "proc", .where = "/proc", .type = "proc"});
	do_mount({.what = "sys", .where = "/sys", .type = "sysfs"});
	try_mount({.what = "debug", .where = "/sys/kernel/debug", .type = "debugfs"});
	try_mount({.what = "cgroup", .where = "/sys/fs/cgroup", .type = "cgroup2"});
	try_mount({.what = "pts", .where = "/dev/pts", .type = "devpts", .options = "mode=620"});
	try_mount({.what = "shm", .where = "/dev/shm", .type = "tmpfs"});
	try_mount({.what = "tmp", .where = "/tmp", .type = "tmpfs", .options = "mode=1777"});
	try_mount({.what = "run", .where = "/run", .type = "tmpfs", .options = "mode=755"});
	if (fs::is_directory("/var/tmp"))
		try_mount({.what = "tmp", .where = "/var/tmp", .type = "tmpfs"});
}

// What udev would make.
void link_standard_streams()
{
	fs::create_symlink("/proc/self/fd", "/dev/fd");
	fs::create_symlink("fd/0", "/dev/stdin");
	fs::create_symlink("fd/1", "/dev/stdout");
	fs::create_symlink("fd/2", "/dev/stderr");
}

// Polls, because there is no udev here to tell.
bool wait_until(const std::function<bool()> &ready)
{
	const auto end = std::chrono::steady_clock::now() + 20s;
	while (!ready()) {
		if (std::chrono::steady_clock::now() > end)
			return false;
		std::this_thread::sleep_for(5ms);
	}
	return true;
}

std::optional<std::string> find_port(std::string_view wanted)
{
	std::error_code ignored;
	for (const auto &entry : fs::directory_iterator("/sys/class/virtio-ports", ignored)) {
		std::string name;
		std::getline(std::ifstream(entry.path() / "name") >> std::ws, name);
		if (name == wanted)
			return "/dev/" + entry.path().filename().string();
	}
	return std::nullopt;
}

int open_port(std::string_view name, int flags)
{
	std::optional<std::string> path;
	if (!wait_until([&] { return (path = find_port(name)).has_value(); }))
		throw std::runtime_error("no virtio port " + std::string(name));
	const int fd = open(path->c_str(), flags | O_CLOEXEC);
	if (fd < 0)
		fail("open " + *path);
	return fd;
}

lab::guest_job read_job(int status)
{
	std::string text;
	char buffer[4096];
	while (!text.ends_with(std::string_view("\0\0", 2))) {
		const auto got = read(status, buffer, sizeof(buffer));
		if (got < 0)
			fail("read the job");
		text.append(buffer, static_cast<std::size_t>(got));
	}
	return lab::decode_job(text);
}

void keep_visible(const fs::path &path)
{
	const auto hidden = fs::path("/host") / path.relative_path();
	if (fs::is_directory(hidden)) {
		fs::create_directories(path);
	} else {
		fs::create_directories(path.parent_path());
		std::ofstream touched(path);
	}
	bind(hidden, path);
}

bool has_disks(unsigned wanted)
{
	unsigned found = 0;
	for (const auto &entry : fs::directory_iterator("/sys/block"))
		found += entry.path().filename().string().starts_with("nvme");
	return found >= wanted;
}

void prepare(const lab::guest_job &job)
{
	for (const auto &path : job.keep)
		keep_visible(path);
	if (job.out)
		do_mount({.what = std::string(lab::out_tag),
			  .where = std::string(lab::guest_out_dir),
			  .type = "9p",
			  .options = "trans=virtio,version=9p2000.L,msize=262144"});
	// Tests that ask the machine for changes (hot removal) find the port by a name.
	fs::create_directories("/dev/virtio-ports");
	if (const auto request = find_port(lab::request_port))
		fs::create_symlink(*request, fs::path("/dev/virtio-ports") / lab::request_port);
	if (!wait_until([&] { return has_disks(job.disks); }))
		throw std::runtime_error("fewer than " + std::to_string(job.disks) +
					 " NVMe namespaces appeared within 20 s");
}

std::vector<char *> pointers(std::vector<std::string> &strings)
{
	std::vector<char *> list;
	for (auto &s : strings)
		list.push_back(s.data());
	list.push_back(nullptr);
	return list;
}

void attach_output(const lab::guest_job &job)
{
	setsid();
	const int out =
		job.terminal ? open("/dev/hvc0", O_RDWR) : open_port(lab::output_port, O_WRONLY);
	const int in = job.terminal ? out : open("/dev/null", O_RDONLY);
	if (out < 0 || in < 0)
		fail("open the command's input and output");
	if (job.terminal) {
		const winsize size{.ws_row = static_cast<unsigned short>(job.rows),
				   .ws_col = static_cast<unsigned short>(job.columns),
				   .ws_xpixel = 0,
				   .ws_ypixel = 0};
		ioctl(out, TIOCSCTTY, 1);
		ioctl(out, TIOCSWINSZ, &size);
	}
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
}

[[noreturn]] void become_command(lab::guest_job job)
{
	attach_output(job);
	auto argv = pointers(job.argv);
	auto env = pointers(job.env);
	for (const auto &variable : job.env)
		if (variable.starts_with("PATH="))
			setenv("PATH", variable.c_str() + 5, 1);
	if (chdir(job.cwd.c_str()) != 0)
		std::cerr << "lab: the guest does not see the working directory " << job.cwd
			  << "\n";
	execvpe(argv[0], argv.data(), env.data());
	std::cerr << "lab: cannot run " << argv[0] << " in the guest: " << strerror(errno) << "\n";
	_exit(errno == ENOENT ? 127 : 126);
}

// As init, we also reap what the command left behind.
int wait_for(pid_t child)
{
	for (;;) {
		int status = 0;
		const pid_t ended = wait(&status);
		if (ended == child)
			return status;
		if (ended < 0 && errno != EINTR)
			fail("wait for the command");
	}
}

std::string describe(int status)
{
	if (WIFSIGNALED(status))
		return "signal " + std::to_string(WTERMSIG(status));
	return "exit " + std::to_string(WEXITSTATUS(status));
}

void say(int status, const std::string &line)
{
	const auto text = line + "\n";
	if (write(status, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
		std::cerr << "lab: cannot write the status: " << strerror(errno) << "\n";
}

void run_job(int status)
{
	auto job = read_job(status);
	if (const char *options = getenv("MODPROBE_OPTIONS"))
		job.env.push_back(std::string("MODPROBE_OPTIONS=") + options);
	prepare(job);
	say(status, "ready");
	const pid_t child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		become_command(job);
	const int ended = wait_for(child);
	kill(-1, SIGKILL);
	sync();
	umount(std::string(lab::guest_out_dir).c_str());
	say(status, describe(ended));
}

// The console stays open: the serial port hears a break (sysrq) only while someone has it open.
void live()
{
	const auto modules = leave_initrd();
	build_root();
	mount_kernel_file_systems();
	name_modules(modules);
	link_standard_streams();
	sethostname("lab", 3);
	const int status = open_port(lab::status_port, O_RDWR);
	try {
		run_job(status);
	} catch (const std::exception &e) {
		say(status, std::string("error ") + e.what());
	}
}

} // namespace

int main()
{
	try {
		live();
	} catch (const std::exception &e) {
		std::cerr << "lab: guest init: " << e.what() << "\n";
	}
	tcdrain(STDERR_FILENO);
	reboot(RB_AUTOBOOT);
	return 1;
}
