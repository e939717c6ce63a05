// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "bench/machine.hpp"
#include "report/units.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace dmpoll;

namespace
{

constexpr const char *cpuinfo = "processor\t: 0\n"
				"model name\t: A CPU @ 3GHz: fast\n"
				"flags\t\t: fpu sse2\n"
				"\n"
				"processor\t: 1\n"
				"model name\t: A CPU @ 3GHz: fast\n"
				"flags\t\t: fpu sse2\n";

bool warned_of(const std::vector<std::string> &warnings, const std::string &part)
{
	return std::ranges::any_of(warnings, [&](const std::string &warning) {
		return warning.find(part) != warning.npos;
	});
}

std::vector<std::string> warnings_with(void (*spoil)(disk_facts &))
{
	measurements m = good_measurements();

	spoil(m.disk);
	return find_warnings(m.machine, m.disk);
}

} // namespace

TEST(machine, reads_cpuinfo)
{
	const machine_facts m = interpret({.cpuinfo = cpuinfo, .disk_model = "A disk"});

	EXPECT_EQ(m.cpu_model, "A CPU @ 3GHz: fast");
	EXPECT_EQ(m.cpus, 2u);
	EXPECT_FALSE(m.virtualised);
	EXPECT_FALSE(m.emulated());
}

TEST(machine, a_hypervisor_alone_is_no_emulation)
{
	const machine_facts m = interpret({.cpuinfo = "flags : fpu hypervisor\n"});

	EXPECT_TRUE(m.virtualised);
	EXPECT_FALSE(m.emulated());
	EXPECT_EQ(m.cpu_model, "unknown");
}

TEST(machine, tells_emulation_by_any_evidence)
{
	EXPECT_TRUE(interpret({.accel = "tcg"}).emulated());
	EXPECT_TRUE(interpret({.disk_model = "QEMU NVMe Ctrl"}).emulated());
	EXPECT_TRUE(interpret({.cpuinfo = "model name : QEMU TCG CPU version 2.5+\n"}).emulated());
	EXPECT_TRUE(interpret({.told_emulated = true}).emulated());
	EXPECT_FALSE(interpret({.accel = "kvm"}).emulated());
}

TEST(warnings, none_for_a_good_machine)
{
	EXPECT_TRUE(warnings_with([](disk_facts &) {}).empty());
}

TEST(warnings, each_comes_with_its_cure)
{
	EXPECT_TRUE(warned_of(warnings_with([](disk_facts &d) { d.poll_queues = 0; }),
			      "nvme.poll_queues=1"));
	EXPECT_TRUE(warned_of(warnings_with([](disk_facts &d) { d.io_poll = false; }),
			      "echo 1 > /sys/block/nvme0n1/queue/io_poll"));
	EXPECT_TRUE(
		warned_of(warnings_with([](disk_facts &d) { d.io_poll_delay = 0; }), "echo -1 >"));
	EXPECT_TRUE(warned_of(warnings_with([](disk_facts &d) { d.scheduler = "bfq"; }),
			      "echo none >"));
}

TEST(warnings, what_costs_time_besides)
{
	measurements m = good_measurements();

	m.disk.iostats = "1";
	m.machine.governor = "powersave";
	const auto warnings = find_warnings(m.machine, m.disk);

	EXPECT_TRUE(warned_of(warnings, "queue/iostats"));
	EXPECT_TRUE(warned_of(warnings, "echo performance | tee"));
	m.machine.governor = "performance";
	EXPECT_FALSE(warned_of(find_warnings(m.machine, m.disk), "governor"));
}

TEST(warnings, unreadable_debugfs_is_one)
{
	EXPECT_TRUE(warned_of(warnings_with([](disk_facts &d) { d.poll_queues.reset(); }),
			      "mount -t debugfs"));
}

TEST(units, three_digits_and_the_unit_that_suits)
{
	EXPECT_EQ(iops_text(0), "0");
	EXPECT_EQ(iops_text(999), "999");
	EXPECT_EQ(iops_text(12345), "12.3k");
	EXPECT_EQ(iops_text(345e3), "345k");
	EXPECT_EQ(iops_text(999.9e3), "1.00M");
	EXPECT_EQ(bandwidth_text(953.0 * (1 << 20)), "953 MiB/s");
	EXPECT_EQ(latency_text(524e3), "524 us");
	EXPECT_EQ(latency_text(10.2e6), "10.2 ms");
	EXPECT_EQ(latency_text(30e9), "30.0 s");
	EXPECT_EQ(short_latency_text(524e3), "524 us");
	EXPECT_EQ(short_latency_text(8.36e6), "8.4 ms");
}
