// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "bench/host_load.hpp"
#include "report/report.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace dmpoll;

namespace
{

host_load load_of(double others, double steal)
{
	return {.cpus = 2,
		.load_average = 2.5,
		.pressure = 40,
		.busy_before = 1.9,
		.others = others,
		.steal = steal};
}

report report_under(const host_load &load)
{
	measurements m = good_measurements();

	m.load = load;
	return make_report(m);
}

} // namespace

TEST(host_load, reads_the_times_of_all_cpus)
{
	const cpu_seconds sum = parse_cpu_seconds("cpu  100 20 30 4000 5 6 7 80 9 0\n"
						  "cpu0 50 10 15 2000 2 3 3 40 4 0\n"
						  "cpu1 50 10 15 2000 3 3 4 40 5 0\n"
						  "intr 12345\n",
						  100);

	EXPECT_DOUBLE_EQ(sum.busy, 1.5);
	EXPECT_DOUBLE_EQ(sum.steal, 0.8);
	EXPECT_EQ(sum.cpus, 2u);
}

TEST(host_load, reads_the_pressure_of_some)
{
	EXPECT_EQ(parse_pressure("some avg10=12.50 avg60=1.00 avg300=0.10 total=99\n"
				 "full avg10=3.00 avg60=0.00 avg300=0.00 total=0\n"),
		  12.5);
	EXPECT_EQ(parse_pressure(""), std::nullopt); // a kernel without it
}

TEST(host_load, a_quiet_machine_is_trusted)
{
	EXPECT_EQ(distrust_text(load_of(0.1, 0.05)), "");
	EXPECT_EQ(plain_verdict(report_under(load_of(0, 0))),
		  "With polling, /dev/mapper/testdev did 1.50 times the work that it did with "
		  "interrupts.");
}

TEST(host_load, a_busy_machine_is_the_first_thing_said)
{
	const report r = report_under(load_of(1.9, 0));
	const std::string why = "Do not trust these times: other programs used 1.9 of the 2 CPUs";

	EXPECT_EQ(plain_verdict(r).substr(0, why.size()), why);
	EXPECT_LT(markdown_text(r).find(why), markdown_text(r).find("times the IOPS"));
	EXPECT_NE(markdown_text(r).find("load average 2.50, 1.9 of 2 CPUs in use"),
		  std::string::npos);
}

TEST(host_load, steal_is_blamed_on_the_hypervisor)
{
	EXPECT_NE(distrust_text(load_of(0, 0.5)).find("the hypervisor gave 0.5 of the 2 CPUs"),
		  std::string::npos);
}

TEST(host_load, comes_back_from_json)
{
	const host_load load = host_load_from_json(to_json_text(load_of(1.5, 0.25)));

	EXPECT_EQ(to_json_text(load), to_json_text(load_of(1.5, 0.25)));
	EXPECT_FALSE(load.is_quiet());
}

TEST(host_load, measurements_keep_it)
{
	measurements m = good_measurements();

	EXPECT_FALSE(measurements_from_json(to_json_text(m)).load);
	m.load = load_of(1, 0);
	EXPECT_EQ(measurements_from_json(to_json_text(m)).load->others, 1);
}
