// SPDX-License-Identifier: GPL-2.0
// Disks over NVMe/TCP, whose ->poll() sleeps: nothing may be held over it. Lock
// debugging in the kernel says so in its log.
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
#include "lib/error.hpp"
#include "lib/nvme_tcp.hpp"
#include "lib/patience.hpp"
#include "lib/queue_setting.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A disk in memory that completes at once. The target of 5.10 must have nothing at
// the disk when a connection ends: it frees the buffers of that, and then waits.
class memory_disk
{
public:
	memory_disk()
	{
		if (auto missing = missing_for_nvme_tcp(); !missing.empty())
			throw skip_test{"needs NVMe over TCP: build the kernel with " + missing};
		if (!fs::exists(fs::path(dir_).parent_path()))
			throw skip_test{"needs a disk in memory: build the kernel with "
					"CONFIG_BLK_DEV_NULL_BLK"};
		remove(); // what a test that was killed has left
		fs::create_directory(dir_);
		for (auto [name, value] : {std::pair{"size", "128"},
					   {"queue_mode", "0"},
					   {"irqmode", "0"},
					   {"memory_backed", "1"},
					   {"power", "1"}})
			write_text(dir_ + "/" + name, value);
		// since Linux 5.19 the disk is called like its directory
		path_ = fs::exists("/sys/block/dm_iopoll")
				? "/dev/dm_iopoll"
				: "/dev/nullb" + trim(read_text(dir_ + "/index"));
	}
	memory_disk(const memory_disk &) = delete;
	memory_disk &operator=(const memory_disk &) = delete;
	~memory_disk() { remove(); }

	const std::string &path() const { return path_; }

private:
	void remove() const noexcept
	{
		std::error_code ignored;
		fs::remove(dir_, ignored);
	}

	const std::string dir_ = "/sys/kernel/config/nullb/dm_iopoll";
	std::string path_;
};

// A disk in memory, served and connected to.
class served_disk
{
public:
	served_disk() : target_(memory_.path()), host_(1), disk_(claim_disk("/dev/" + host_.disk()))
	{
	}

	const nvme_tcp_host &host() const { return host_; }
	disk_range range(std::uint64_t start, std::uint64_t length) const
	{
		return {&disk_, start, length};
	}

private:
	memory_disk memory_;
	nvme_tcp_target target_;
	nvme_tcp_host host_;
	claimed_disk disk_;
};

void need_polled_disk(const nvme_tcp_host &host)
{
	if (host.is_multipath() && read_queue_text(host.disk(), "io_poll") == "0")
		throw skip_test{"needs disks of one controller each, since multipath devices do "
				"not poll: boot with nvme_core.multipath=N"};
}

// Whoever looks for completions, the socket's worker may be first: no proof of the mode.
void transfer_in_time(env &e, const test_device &device, const io_shape &shape)
{
	stopwatch watch;

	transfer(e, device, shape);
	check_time(e, e.shape, watch, 10s);
}

void transfer_all(env &e, const test_device &device)
{
	for (auto dir : {direction::read, direction::write})
		for (auto how : {access::async, access::sync})
			for (unsigned size : {4096U, 65536U})
				transfer_in_time(
					e, device,
					{.dir = dir, .how = how, .block_size = size, .count = 16});
}

void linear(env &e)
{
	need_polling(e, access::sync);
	served_disk served;

	need_polled_disk(served.host());
	auto device = make_linear(e, {served.range(2048, 32 << 11)});
	check_polls(device);
	transfer_all(e, device);
}

// IO on both disks: the cookie names hw queues of both kinds.
void seams(env &e)
{
	need_polling(e, access::sync);
	e.need_disks(1);
	served_disk served;
	std::vector<disk_range> ranges;

	need_polled_disk(served.host());
	for (std::uint64_t at = 0; at < 16 << 11; at += 8) {
		ranges.push_back(served.range(2048 + at, 8));
		ranges.push_back({&e.disks[0], 2048 + at, 8});
	}
	auto device = make_linear(e, ranges);
	check_polls(device);
	transfer_all(e, device);
}

// Who waits polls, too, and may not sleep otherwise.
void suspend(env &e)
{
	need_polling(e);
	served_disk served;

	need_polled_disk(served.host());
	auto device = make_linear(e, {served.range(2048, 32 << 11)});
	run_under_load(e, device, {}, [&](busy_reader &reader) {
		for (unsigned round = 0; round < 10; round++) {
			suspended_section section(device.stack.top());

			section.end();
			reader.await_reads(8, 5s);
		}
	});
}

// While it reconnects, its hw queues are not polled: their sockets are gone.
void reset_below(env &e, const served_disk &served, const test_device &device)
{
	run_under_load(e, device, {.most = 10000ms}, [&](busy_reader &reader) {
		for (unsigned round = 0; round < 3; round++) {
			served.host().reset();
			reader.await_reads(8, 10s);
		}
	});
}

void reset(env &e)
{
	need_polling(e);
	served_disk served;

	need_polled_disk(served.host());
	reset_below(e, served, make_linear(e, {served.range(2048, 32 << 11)}));
}

void reset_raw(env &e)
{
	need_polling(e);
	served_disk served;

	need_polled_disk(served.host());
	reset_below(e, served, make_raw_of(*served.range(0, 0).disk, 32 << 11));
}

// The target says of each disk that it can have several controllers.
void need_multipath()
{
	auto on = read_text_if_any("/sys/module/nvme_core/parameters/multipath");

	if (trim(on.value_or("N")) != "Y")
		throw skip_test{"needs multipath disks: CONFIG_NVME_MULTIPATH, and no "
				"nvme_core.multipath=N"};
}

// Whether or not the head polls.
void multipath(env &e)
{
	need_multipath();
	served_disk served;
	auto device = make_linear(e, {served.range(2048, 32 << 11)});
	transfer_all(e, device);
}

// The second disk by two connections, and dm-linear on its head.
class served_twice
{
public:
	explicit served_twice(env &e)
	    : target_(memory_.path(), 2),
	      first_(1, 0),
	      second_(1, 1),
	      disk_(claim_disk("/dev/" + first_.disk())),
	      device_(make_linear(e, {{&disk_, 2048, 32 << 11}}))
	{
		need_polled_disk(first_);
	}

	const nvme_tcp_target &target() const { return target_; }
	const nvme_tcp_host &host(unsigned port) const { return port ? second_ : first_; }
	const test_device &device() const { return device_; }

private:
	memory_disk memory_;
	nvme_tcp_target target_;
	nvme_tcp_host first_, second_;
	claimed_disk disk_;
	test_device device_;
};

void await_text(const std::string &what, const std::string &wanted,
		const std::function<std::string()> &read)
{
	stopwatch watch;

	while (read() != wanted) {
		check_at_most(fmt::format("milliseconds until {} is {}", what, wanted),
			      watch.elapsed().count(), patient(20000L));
		std::this_thread::sleep_for(20ms);
	}
}

void disturb_twice_served(env &e,
			  const std::function<void(const served_twice &, busy_reader &)> &disturb)
{
	need_multipath();
	for (auto how : {access::async, access::sync}) {
		need_polling(e, how);
		served_twice served(e);

		run_under_load(e, served.device(), {.how = how, .most = 10000ms},
			       [&](busy_reader &reader) { disturb(served, reader); });
		check_polls(served.device());
		transfer_all(e, served.device());
	}
}

// What was in flight on a connection that ends goes by the other.
void cut_each(const served_twice &served, busy_reader &reader)
{
	for (unsigned port : {0U, 1U, 0U, 1U}) {
		reader.await_reads(64, 10s);
		served.target().cut(port);
		reader.await_reads(64, 10s);
		served.target().mend(port);
		await_text("a connection", "live", [&] { return served.host(port).state(); });
	}
}

// Reads wait while there is no connection.
void cut_both(const served_twice &served, busy_reader &reader)
{
	for (unsigned round = 0; round < 2; round++) {
		reader.await_reads(64, 10s);
		for (unsigned port : {0U, 1U})
			served.target().cut(port);
		std::this_thread::sleep_for(300ms);
		for (unsigned port : {0U, 1U})
			served.target().mend(port);
		for (unsigned port : {0U, 1U})
			await_text("a connection", "live",
				   [&] { return served.host(port).state(); });
		reader.await_reads(64, 10s);
	}
}

void set_access(const served_twice &served, unsigned port, const std::string &state)
{
	served.target().set_access(port, state);
	await_text("a path", state, [&] { return served.host(port).access(); });
}

// Reads wait while there is no way to the disk.
void change_access(const served_twice &served, busy_reader &reader)
{
	for (unsigned port : {0U, 1U, 0U, 1U}) {
		for (const auto *state : {"non-optimized", "inaccessible"}) {
			set_access(served, port, state);
			reader.await_reads(64, 10s);
		}
		set_access(served, 1 - port, "inaccessible");
		std::this_thread::sleep_for(100ms);
		set_access(served, 1 - port, "optimized");
		reader.await_reads(64, 10s);
		set_access(served, port, "optimized");
	}
}

void cut(env &e)
{
	disturb_twice_served(e, cut_each);
}

void cut_all(env &e)
{
	disturb_twice_served(e, cut_both);
}

void access_changes(env &e)
{
	disturb_twice_served(e, change_access);
}

test_case make_case(const std::string &name, const std::string &what, void (*run)(env &))
{
	// The target of 5.10 itself flushes a queue that it should not, and when its
	// connection ends it sends from pages that it has freed. And blk_poll() of
	// 5.10 flushes the plug of a task that is about to sleep, where ->queue_rq() of
	// this driver may sleep: a warning, once, of the bare disk, too. What this is here
	// to find is said in other words ("BUG: sleeping function", "scheduling while atomic").
	return {.name = "tcp." + name,
		.what = what,
		.run = run,
		.limit = long_limit,
		.allowed_log = {"*WARNING: * check_flush_dependency*",
				"*WARNING: * kernel_sendpage*", "*WARNING: * __might_sleep*"}};
}

} // namespace

static std::vector<test_case> tcp_tests()
{
	return {
		make_case("linear", "polled IO to dm-linear on a disk over NVMe/TCP", linear),
		make_case("seams", "the same over such a disk and one on PCI", seams),
		make_case("suspend", "suspend and resume under polled reads", suspend),
		make_case("reset", "resets of the connection under polled reads", reset),
		make_case("reset-raw", "the same on the disk itself", reset_raw),
		make_case("multipath", "dm-linear on a multipath device", multipath),
		make_case("cut", "the same of two connections, which end by turns", cut),
		make_case("cut-all", "the same, which end at once", cut_all),
		make_case("access",
			  "the same, while each is said to be a good, bad or no way to the disk",
			  access_changes),
	};
}

static const test_group group{tcp_tests};

} // namespace dmpoll
