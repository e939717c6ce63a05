// SPDX-License-Identifier: GPL-2.0
// Swap on a dm device: the kernel polls for single pages that it reads back.
#include <cerrno>
#include <cstdio>
#include <span>

#include <sys/mman.h>
#include <sys/swap.h>

#include "cgroup.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/command.hpp"
#include "lib/error.hpp"
#include "lib/pattern.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t page_size = 4096;        // bytes
constexpr std::size_t memory_limit = 4 << 20;  // bytes
constexpr std::size_t memory_wanted = 8 << 20; // bytes
constexpr std::size_t least_read_back = 1024;  // pages

class swap_area
{
public:
	explicit swap_area(const std::string &path) : path_(path)
	{
		run_command({"mkswap", path_});
		check_errno(::swapon(path_.c_str(), 0), "swapon " + path_);
	}
	swap_area(const swap_area &) = delete;
	swap_area &operator=(const swap_area &) = delete;
	~swap_area()
	{
		if (::swapoff(path_.c_str()) != 0)
			std::fprintf(stderr, "# swapoff %s: %s\n", path_.c_str(),
				     errno_name(errno).c_str());
	}

private:
	std::string path_;
};

// No readahead: only a page that is read alone is polled for.
class no_readahead
{
public:
	no_readahead() : before_(read_text(path)) { write_text(path, "0"); }
	no_readahead(const no_readahead &) = delete;
	no_readahead &operator=(const no_readahead &) = delete;
	~no_readahead()
	{
		try {
			write_text(path, before_);
		} catch (const std::exception &error) {
			std::fprintf(stderr, "# %s\n", error.what());
		}
	}

private:
	static constexpr auto path = "/proc/sys/vm/page-cluster";
	std::string before_;
};

void need_swap()
{
	if (!read_text_if_any("/proc/swaps"))
		throw skip_test{"needs swap: build the kernel with CONFIG_SWAP"};
	if (!has_program("mkswap"))
		throw skip_test{"needs mkswap: install util-linux"};
}

std::span<std::byte> map_memory(std::size_t size)
{
	void *memory =
		::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		throw_errno(errno, "map memory");
	return {static_cast<std::byte *>(memory), size};
}

void check_memory(std::span<const std::byte> memory)
{
	if (auto bad = check_pattern(memory, 0, {1}))
		throw mismatch{"memory that was swapped out", bad->got, bad->wanted};
}

// More than the limit: what is looked at first was swapped out.
void use_memory(const cgroup &limited)
{
	limited.enter();
	auto memory = map_memory(memory_wanted);

	fill_pattern(memory, 0, {1});
	check_memory(memory);
}

void swap_on(env &e)
{
	need_polling(e, access::sync);
	need_swap();
	auto device = make_plain_linear(e);

	check_polls(device);
	describe_place(e, device, {.how = access::sync});
	make_mounts_private();
	cgroup limited(e.prefix + "limited", "memory");
	limited.set("memory.max", std::to_string(memory_limit));
	no_readahead single_pages;
	swap_area area(device.path);
	proof_window window(device);
	stopwatch watch;
	child_process child("a process that swaps", [&] { use_memory(limited); });

	child.finish(20s);
	check_time(e, "a process that swaps", watch, 20s);
	auto totals = window.elapsed();
	prove_mode(e, totals, poll_mode::poll, {.may_interrupt = true}); // writes do
	if (totals.successes)
		check_at_least<std::uint64_t>("pages polled for", *totals.successes,
					      least_read_back);
}

} // namespace

static std::vector<test_case> swap_tests()
{
	return {
		{"swap.on-linear", "a process with a memory limit swaps to a dm device", swap_on,
		 false, long_limit},
	};
}

static const test_group group{swap_tests};

} // namespace dmpoll
