// SPDX-License-Identifier: GPL-2.0
#include "host.hpp"
#include "failure.hpp"
#include "process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>
#include <x86intrin.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

using clock = std::chrono::steady_clock;

struct tsc_reading {
	clock::time_point when;
	std::uint64_t ticks = 0;
};

// Of several, the one least disturbed between its two halves.
tsc_reading read_tsc()
{
	tsc_reading best;
	auto least = clock::duration::max();
	for (int tries = 0; tries < 20; ++tries) {
		const auto before = clock::now();
		const auto ticks = __rdtsc();
		const auto took = clock::now() - before;
		if (took < least)
			best = {before + took / 2, ticks};
		least = std::min(least, took);
	}
	return best;
}

} // namespace

unsigned long measure_tsc_khz()
{
	const auto first = read_tsc();
	std::this_thread::sleep_for(std::chrono::milliseconds(20));
	const auto second = read_tsc();
	const std::chrono::duration<double, std::milli> elapsed = second.when - first.when;
	return std::lround(static_cast<double>(second.ticks - first.ticks) / elapsed.count());
}

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
		throw failure(
			ENOENT,
			fmt::format("The guest's kernel {} is not a readable file. "
				    "Build it with `make kernel`, or name a vmlinux or bzImage "
				    "with --kernel or LAB_KERNEL.",
				    kernel.string()));
}

fs::path initrd_of(const fs::path &kernel)
{
	auto initrd = kernel.parent_path() / "initrd";
	return fs::is_regular_file(initrd) ? initrd : fs::path();
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
