// SPDX-License-Identifier: GPL-2.0
#include "bench/fio_output.hpp"

#include "tests/fio_samples.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

using namespace dmpoll;

namespace
{

std::string replaced(std::string text, const std::string &from, const std::string &to)
{
	const std::size_t at = text.find(from);

	EXPECT_NE(at, text.npos) << "the sample has no " << from;
	return text.replace(at, from.size(), to);
}

std::string error_of(const std::string &text)
{
	try {
		parse_fio_output(text);
	} catch (const std::runtime_error &error) {
		return error.what();
	}
	return "no error";
}

void expect_error(const std::string &text, const std::string &part)
{
	const std::string got = error_of(text);

	EXPECT_NE(got.find(part), got.npos) << "got '" << got << "', wanted '" << part << "' in it";
}

} // namespace

TEST(fio_output, reads_what_fio_measured)
{
	const fio_result fio = parse_fio_output(fio_sample);

	EXPECT_EQ(fio.version, "fio-3.33");
	EXPECT_NEAR(fio.iops, 440072.96, 0.01);
	EXPECT_EQ(fio.bandwidth, 1802800871);
	EXPECT_EQ(fio.ios, 880586u);
	EXPECT_EQ(fio.lat_p50, 284672);
	EXPECT_GT(fio.lat_p99, fio.lat_p50);
	EXPECT_GT(fio.lat_p99_9, fio.lat_p99);
	EXPECT_NEAR(fio.lat_mean, 290e3, 5e3);
	EXPECT_GT(fio.usr_cpu + fio.sys_cpu, 50);
	EXPECT_LE(fio.usr_cpu + fio.sys_cpu, 101);
}

TEST(fio_output, skips_notes_before_the_document)
{
	EXPECT_EQ(parse_fio_output("fio: a note {\n" + std::string(fio_sample)).ios, 880586u);
}

TEST(fio_output, lives_without_percentiles)
{
	const fio_result fio =
		parse_fio_output(replaced(fio_sample, "\"percentile\"", "\"something\""));

	EXPECT_FALSE(fio.lat_p50 || fio.lat_p99 || fio.lat_p99_9);
	EXPECT_GT(fio.lat_mean, 0);
}

TEST(fio_output, lives_without_one_percentile)
{
	const fio_result fio = parse_fio_output(replaced(fio_sample, "99.900000", "99.800000"));

	EXPECT_TRUE(fio.lat_p99);
	EXPECT_FALSE(fio.lat_p99_9);
}

TEST(fio_output, reports_the_error_field)
{
	expect_error(fio_failed_sample, "error 22 (Invalid argument)");
}

TEST(fio_output, refuses_zero_reads)
{
	expect_error(replaced(fio_sample, "\"total_ios\": 880586", "\"total_ios\": 0"),
		     "not one read");
}

TEST(fio_output, refuses_what_is_no_json)
{
	expect_error("", "no JSON");
	expect_error("fio: engine io_uring not loadable\n", "no JSON, but 'fio: engine");
	expect_error("{\"jobs\": [", "damaged");
}

TEST(fio_output, names_what_is_missing)
{
	expect_error("{}", "jobs");
	expect_error("{\"jobs\": []}", "0 groups");
	expect_error(replaced(fio_sample, "\"iops\"", "\"ipos\""), "iops");
	expect_error(replaced(fio_sample, "\"error\": 0", "\"error\": \"x\""), "lacks");
}
