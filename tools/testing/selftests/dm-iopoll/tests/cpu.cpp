// SPDX-License-Identifier: GPL-2.0
// CPUs that go offline under polled load.
#include <cstdio>

#include "controller.hpp"
#include "cpus.hpp"
#include "exercise.hpp"
#include "leaf.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr unsigned rounds = 5;

// The second CPU; online again when this goes.
class spare_cpu
{
public:
	spare_cpu()
	{
		auto online = read_text_if_any(path);

		if (!online || trim(*online) != "1")
			throw skip_test{"needs a second CPU that can go offline: build the kernel "
					"with CONFIG_HOTPLUG_CPU, or give the machine two CPUs"};
	}
	spare_cpu(const spare_cpu &) = delete;
	spare_cpu &operator=(const spare_cpu &) = delete;
	~spare_cpu()
	{
		try {
			set(true);
		} catch (const std::exception &error) {
			std::fprintf(stderr, "# %s\n", error.what());
		}
	}

	void set(bool online) { write_text(path, online ? "1" : "0"); }

private:
	static constexpr auto path = "/sys/devices/system/cpu/cpu1/online";
};

// Two readers, so that both CPUs have IO of theirs in flight.
void offline_under_load(env &e)
{
	need_polling(e, access::sync);
	spare_cpu cpu;
	auto device = make_plain_linear(e);

	check_polls(device);
	run_under_load(e, device, {.how = access::async}, [&](busy_reader &async) {
		run_under_load(e, device, {.how = access::sync}, [&](busy_reader &sync) {
			for (unsigned round = 0; round < 2 * rounds; round++) {
				stopwatch watch;

				cpu.set(round % 2);
				check_time(e, round % 2 ? "online" : "offline", watch, 10s);
				async.await_reads(16, 5s);
				sync.await_reads(16, 5s);
			}
		});
	});
	for (auto how : {access::async, access::sync})
		exercise(e, device, {.how = how});
}

// A polled hw queue of its own for each CPU: that of a CPU which goes offline
// has to be drained.
void own_queue(env &e)
{
	need_polling(e, access::sync);
	poll_queues_setting poll_queues(need_controller(e, 0));

	poll_queues.set(2);
	check_equal("polled hw queues", read_queue(e.disks[0].kernel_name).poll_queues, 2U);
	offline_under_load(e);
}

// The polled hw queue of the CPU that goes is drained, though its submitter is
// stopped.
void offline_stopped(env &e)
{
	need_polling(e);
	spare_cpu cpu;
	auto leaf = load_leaf(e, {.devices = 1, .poll_queues = 2, .timeout_ms = 10000});
	auto device = make_linear(e, {{&leaf.disk(0), 8, 16 << 11}});

	bind_to_cpu(1);
	idle_submitter submitter(e, device, {.count = 16, .depth = 16});
	bind_to_cpu(0);
	submitter.stop();
	stopwatch watch;
	cpu.set(false);
	check_time(e, "offline with a stopped submitter", watch, 10s);
	cpu.set(true);
	submitter.go_on();
	submitter.poll(10s);
	submitter.finish();
}

} // namespace

static std::vector<test_case> cpu_tests()
{
	return {
		{"cpu.offline", "a CPU offline and online under two readers", offline_under_load,
		 false, long_limit},
		{"cpu.offline-own-queue", "the same, each CPU with a polled hw queue of its own",
		 own_queue, false, long_limit},
		{.name = "cpu.offline-stopped",
		 .what = "a CPU offline while a stopped process has IO in flight at its hw queue",
		 .run = offline_stopped,
		 .limit = long_limit,
		 .net = net_role::needed},
	};
}

static const test_group group{cpu_tests};

} // namespace dmpoll
