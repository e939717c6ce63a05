// SPDX-License-Identifier: GPL-2.0
#include "run.hpp"
#include "accel.hpp"
#include "host.hpp"
#include "process.hpp"
#include "run_report.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

constexpr const char *guest_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				   "/sbin:/bin";
// A person may think for as long as they like.
constexpr auto no_limit = std::chrono::hours(24 * 365);
// What the guest replaces by file systems of its own.
constexpr std::array fresh_dirs = {"/tmp", "/run", "/var/tmp"};

bool lies_below(const fs::path &path, const fs::path &dir)
{
	const auto [end, ignored] = std::mismatch(dir.begin(), dir.end(), path.begin(), path.end());
	return end == dir.end() && path != dir;
}

bool is_hidden(const fs::path &path)
{
	return std::any_of(fresh_dirs.begin(), fresh_dirs.end(),
			   [&](const char *dir) { return lies_below(path, dir); });
}

// A file is seldom alone: its directory comes along, unless that is the fresh one itself.
fs::path unit_to_keep(const fs::path &path)
{
	const auto parent = path.parent_path();
	return !fs::is_directory(path) && is_hidden(parent) ? parent : path;
}

// Progress for a person; silent with --quiet.
class progress
{
public:
	explicit progress(bool quiet) : quiet_(quiet) {}

	void operator()(guest_state state)
	{
		if (state == guest_state::booting)
			start_ = std::chrono::steady_clock::now();
		const std::chrono::duration<double> elapsed =
			std::chrono::steady_clock::now() - start_;
		if (!quiet_)
			say(fmt::format("lab: [{:6.1f} s] {}", elapsed.count(), name_of(state)));
	}

private:
	bool quiet_;
	std::chrono::steady_clock::time_point start_;
};

std::vector<std::string> guest_environment(const run_options &options, accelerator accel)
{
	std::vector<std::string> env{guest_path,
				     "HOME=/tmp",
				     "TMPDIR=/tmp",
				     "LANG=C.UTF-8",
				     "USER=root",
				     "SHELL=/bin/bash",
				     fmt::format("LAB_ACCEL={}", name_of(accel))};
	const char *term = std::getenv("TERM");
	env.push_back(fmt::format("TERM={}", options.terminal && term ? term : "dumb"));
	if (!options.out.empty())
		env.push_back(fmt::format("LAB_OUT={}", guest_out_dir));
	return env;
}

// Then the guest's TSC goes by instructions.
bool counts_instructions(const run_options &options)
{
	return std::any_of(options.qemu_args.begin(), options.qemu_args.end(),
			   [](const std::string &arg) { return arg.starts_with("-icount"); });
}

guest_options guest_for(const run_options &options, accelerator accel)
{
	guest_options guest;
	guest.shape = {.qemu = require_qemu(),
		       .kernel = options.kernel,
		       .initrd = initrd_of(options.kernel),
		       .init = require_init(),
		       .accel = accel,
		       .cpus = options.cpus,
		       .memory_mib = options.memory_mib,
		       .zone_bytes = options.zone_bytes,
		       .subsystem = options.subsystem,
		       .nvme_queues = options.nvme_queues,
		       .poll_queues = options.poll_queues,
		       .tsc_khz = counts_instructions(options) ? 0 : measure_tsc_khz(),
		       .append = options.append,
		       .out = options.out.empty() ? fs::path() : fs::absolute(options.out),
		       .qemu_args = options.qemu_args};
	guest.job = {.argv = options.command,
		     .env = guest_environment(options, accel),
		     .keep = paths_to_keep(fs::current_path(), options.command),
		     .cwd = fs::current_path(),
		     .disks = options.nvme.count,
		     .out = !options.out.empty(),
		     .terminal = options.terminal,
		     .rows = size_of_terminal().rows,
		     .columns = size_of_terminal().columns};
	guest.silence = options.silence;
	guest.total = options.timeout;
	guest.allowed_log = options.allow_log;
	if (options.terminal)
		guest.silence = guest.total = no_limit;
	return guest;
}

// The same machine as a line that can be pasted: channels that need no launcher at the far end.
verdict print_dry_run(const run_options &options)
{
	const auto accel = options.accel == accel_choice::kvm ? accelerator::kvm : accelerator::tcg;
	auto guest = guest_for(options, accel);
	guest.shape.disks = disk_paths(fs::temp_directory_path() / "lab.dry-run", options.nvme);
	fmt::print("{}\n", shell_line(qemu_argv(guest.shape)));
	return verdict::pass;
}

accelerator pick_accelerator(const run_options &options)
{
	if (options.accel == accel_choice::kvm)
		return accelerator::kvm;
	if (options.accel == accel_choice::tcg)
		return accelerator::tcg;
	const auto verdict = choose_accelerator({.qemu = require_qemu(),
						 .init = require_init(),
						 .kernel = options.kernel,
						 .initrd = initrd_of(options.kernel)});
	if (verdict.accel == accelerator::tcg)
		say(emulation_warning(verdict));
	return verdict.accel;
}

// Where the console goes: named, beside the output, or a temporary file that a failure keeps.
class console_place
{
public:
	explicit console_place(const run_options &options)
	{
		if (!options.console.empty())
			path_ = options.console;
		else if (!options.out.empty())
			path_ = options.out / "console.log";
		else
			make_temporary();
	}
	~console_place()
	{
		if (temporary_ && !keep_)
			unlink(path_.c_str());
	}

	const fs::path &path() const { return path_; }
	void keep() { keep_ = true; }

private:
	void make_temporary()
	{
		auto name = (fs::temp_directory_path() / "lab-console.XXXXXX").string();
		const unique_fd fd(mkstemp(name.data()));
		if (!fd)
			throw failure(errno, fmt::format("No console file can be made in {}: {}. "
							 "Name one with --console.",
							 name, strerror(errno)));
		path_ = name;
		temporary_ = true;
	}

	fs::path path_;
	bool temporary_ = false;
	bool keep_ = false;
};

} // namespace

std::vector<std::string> paths_to_keep(const fs::path &cwd, const std::vector<std::string> &argv)
{
	std::set<std::string> keep;
	if (is_hidden(cwd))
		keep.insert(cwd);
	for (const auto &word : argv) {
		const auto path = fs::path(word).lexically_normal();
		if (path.is_absolute() && is_hidden(path) && fs::exists(path))
			keep.insert(unit_to_keep(path));
	}
	return {keep.begin(), keep.end()};
}

verdict run(const run_options &options)
{
	check_kernel(options.kernel);
	if (options.dry_run)
		return print_dry_run(options);
	if (!options.out.empty())
		check_out_dir(options.out);
	auto guest = guest_for(options, pick_accelerator(options));
	const scratch_dir scratch;
	make_disks(scratch.path(), options.nvme);
	console_place console(options);
	guest.shape.disks = disk_paths(scratch.path(), options.nvme);
	guest.console_file = console.path();
	guest.on_output = [](std::string_view text) { write_all(STDOUT_FILENO, text); };
	guest.on_state = progress(options.quiet);
	if (options.terminal)
		say("lab: the terminal is the guest's once it runs; Ctrl-] ends the guest");
	auto outcome = run_guest(guest);
	for (int more = 2; more && died_of_emulation(outcome, console.path()); --more) {
		say("lab: WARNING: a fault of the emulation killed the kernel; booting once more");
		outcome = run_guest(guest);
	}
	const auto result = judge(outcome);
	if (needs_explanation(result))
		console.keep();
	if (needs_explanation(result) || !options.quiet)
		report(outcome, console.path());
	return result;
}

} // namespace lab
