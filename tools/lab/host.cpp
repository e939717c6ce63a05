// SPDX-License-Identifier: GPL-2.0
#include "host.hpp"
#include "failure.hpp"
#include "process.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace lab
{

namespace fs = std::filesystem;

void check_out_dir(const fs::path &out)
{
	std::error_code error;
	fs::create_directories(out, error);
	if (!error && access(out.c_str(), W_OK | X_OK) != 0)
		error.assign(errno, std::generic_category());
	if (error)
		throw failure(error.value(),
			      fmt::format("The output directory {} cannot be used: {}. Make it a "
					  "writable directory, or name another one with --out.",
					  out.string(), error.message()));
}

void check_kernel(const fs::path &kernel)
{
	if (!fs::is_regular_file(kernel) || access(kernel.c_str(), R_OK) != 0)
		throw failure(ENOENT, fmt::format("The guest's kernel {} is not a readable file. "
						  "Build it with `make kernel`, or name a vmlinux or bzImage "
						  "with --kernel or LAB_KERNEL.",
						  kernel.string()));
}

fs::path require_qemu()
{
	constexpr const char *name = "qemu-system-x86_64";
	const auto found = find_program(name);
	if (!found)
		throw failure(ENOENT,
			      fmt::format("{} is not on PATH. It runs the guest; install it "
					  "with `apt-get install qemu-system-x86`.",
					  name));
	return *found;
}

fs::path require_init()
{
	const auto init = fs::read_symlink("/proc/self/exe").parent_path() / "guest-init";
	if (access(init.c_str(), X_OK) != 0)
		throw failure(ENOENT, fmt::format("The guest's first process {} is missing. It is "
						  "built beside this program: run make again.",
						  init.string()));
	return init;
}

} // namespace lab
