// SPDX-License-Identifier: GPL-2.0
// One bio of thousands of parts: who sends it must let others run.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "cpus.hpp"
#include "device.hpp"
#include "exercise.hpp"
#include "lib/child.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/pattern.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "stripe.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t huge_page = 2 << 20; // bytes
constexpr auto most_wait = 250ms;          // for a CPU

// Of the IO: 16384 chunks. A kernel that checks itself takes 2 ms for each; a
// quarter of them is then enough to keep a CPU for longer than @most_wait, and
// all are sent before the disk's own timeout of 30 s.
std::size_t giant_size()
{
	return (64 << 20) / (slowness > 1 ? 4 : 1);
}

// Huge pages: few vectors of a bio hold much memory.
class huge_memory
{
public:
	huge_memory()
	{
		reserve(giant_size() / huge_page);
		void *found = ::mmap(nullptr, giant_size(), PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

		if (found == MAP_FAILED) {
			reserve(0);
			throw skip_test{fmt::format("needs {} huge pages of 2 MiB: more memory",
						    giant_size() / huge_page)};
		}
		data_ = static_cast<std::byte *>(found);
	}
	huge_memory(const huge_memory &) = delete;
	huge_memory &operator=(const huge_memory &) = delete;
	~huge_memory()
	{
		::munmap(data_, giant_size());
		reserve(0);
	}

	std::span<std::byte> all() const { return {data_, giant_size()}; }

private:
	static void reserve(std::size_t pages)
	{
		constexpr auto file = "/proc/sys/vm/nr_hugepages";

		if (!read_text_if_any(file))
			throw skip_test{"needs huge pages: build the kernel with CONFIG_HUGETLBFS"};
		write_text(file, std::to_string(pages));
	}

	std::byte *data_;
};

// A thread that wants the CPU a thousand times a second; how long it once waited.
class impatient_thread
{
public:
	explicit impatient_thread(unsigned cpu)
	    : thread_([=, this] {
		      bind_to_cpu(cpu);
		      run();
	      })
	{
	}
	std::chrono::milliseconds end()
	{
		end_ = true;
		thread_.join();
		return longest_;
	}

private:
	void run()
	{
		while (!end_) {
			stopwatch watch;

			std::this_thread::sleep_for(1ms);
			longest_ = std::max(longest_, watch.elapsed());
		}
	}

	std::atomic<bool> end_{false};
	std::chrono::milliseconds longest_{0};
	std::thread thread_;
};

void transfer(int file, std::span<std::byte> memory, direction dir, int flags)
{
	struct iovec vector = {memory.data(), memory.size()};
	auto done = dir == direction::read ? ::preadv2(file, &vector, 1, 0, flags)
					   : ::pwritev2(file, &vector, 1, 0, flags);

	check_errno(done, "transfer all at once");
	check_equal("bytes of one giant " + to_string(dir), static_cast<std::size_t>(done),
		    memory.size());
}

struct giant_case {
	direction dir;
	bool polled;
};

void send(env &e, const test_device &device, const giant_case &giant)
{
	child_process process("a giant " + to_string(giant.dir), [&] {
		huge_memory memory;
		auto file = open_file(device.path, O_RDWR | O_DIRECT);
		int flags = giant.polled ? RWF_HIPRI : 0;

		fill_pattern(memory.all(), 0, {1});
		if (giant.dir == direction::read) {
			transfer(file.get(), memory.all(), direction::write, 0);
			std::fill(memory.all().begin(), memory.all().end(), std::byte{0});
		}
		bind_to_cpu(0);
		auto longest = std::chrono::milliseconds::max();

		// a host that is busy keeps a CPU of its guest now and then; a kernel
		// that does, each time
		for (int tries = 0; tries < 3 && longest > patient(most_wait); tries++) {
			impatient_thread other(0);

			transfer(file.get(), memory.all(), giant.dir, flags);
			longest = std::min(longest, other.end());
		}

		if (giant.dir == direction::write)
			transfer(file.get(), memory.all(), direction::read, 0);
		if (auto bad = check_pattern(memory.all(), 0, {1}))
			throw mismatch{"data of a giant IO", bad->got, bad->wanted};
		check_at_most("milliseconds that another thread waited for the CPU",
			      longest.count(), patient(most_wait).count());
	});
	stopwatch watch;

	process.finish(50s);
	check_time(e, "a giant " + to_string(giant.dir) + (giant.polled ? ", polled" : ""), watch,
		   30s);
}

void send_all(env &e, const test_device &device)
{
	for (auto dir : {direction::read, direction::write})
		for (bool polled : {false, true})
			send(e, device, {dir, polled});
}

void over_stripe(env &e)
{
	need_polling(e, access::sync);
	send_all(e, make_stripe(e, {.chunk = 8}));
}

void over_linear(env &e)
{
	need_polling(e, access::sync);
	send_all(e, make_plain_linear(e));
}

} // namespace

static std::vector<test_case> giant_tests()
{
	return {
		{"giant.stripe", "IO of 64 MiB over a stripe's chunks of 4 KiB", over_stripe, false,
		 long_limit},
		{"giant.linear", "IO of 64 MiB to dm-linear", over_linear, false, long_limit},
	};
}

static const test_group group{giant_tests};

} // namespace dmpoll
