// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "bench/sweep.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace dmpoll;

namespace
{

std::vector<report> reports_at(const std::vector<sweep_point> &points)
{
	std::vector<report> reports;

	for (const sweep_point &point : points) {
		measurements m = good_measurements();

		m.job.iodepth = point.iodepth;
		m.job.jobs = point.jobs;
		reports.push_back(make_report(m));
	}
	return reports;
}

} // namespace

TEST(sweep, every_combination_once_in_order)
{
	const auto points = sweep_points({8, 1, 8}, {2, 1});

	EXPECT_EQ(points, (std::vector<sweep_point>{{1, 1}, {1, 8}, {2, 1}, {2, 8}}));
}

TEST(sweep, directories_name_their_point)
{
	const sweep_point point{.jobs = 2, .iodepth = 32};

	EXPECT_EQ(directory_of(point), "depth-32-jobs-2");
	EXPECT_EQ(point_of("depth-32-jobs-2"), point);
	for (const char *other :
	     {"", "depth-", "depth-1-jobs-", "depth-01-jobs-1", "depth-1-jobs-1x",
	      "depth--1-jobs-1", "depth-99999999999-jobs-1", "jobs"})
		EXPECT_FALSE(point_of(other)) << other;
}

TEST(sweep, a_row_for_each_point)
{
	const std::string text = sweep_markdown(reports_at(sweep_points({1, 8}, {1})));

	EXPECT_NE(text.find("\n1 | 1 | "), std::string::npos);
	EXPECT_NE(text.find("\n1 | 8 | "), std::string::npos);
	EXPECT_NE(text.find("| polled\n"), std::string::npos);
}

TEST(sweep, a_curve_for_each_test_and_number_of_jobs)
{
	const std::string one = sweep_iops_script(reports_at(sweep_points({1, 8}, {1})));
	const std::string two = sweep_latency_script(reports_at(sweep_points({1, 8}, {1, 2})));

	EXPECT_NE(one.find("title 'dm/poll'"), std::string::npos);
	EXPECT_NE(two.find("title 'dm/poll, jobs 2'"), std::string::npos);
	EXPECT_NE(two.find("$curve7 "), std::string::npos);
}

TEST(sweep, json_has_the_report_of_each_point)
{
	const auto all = nlohmann::json::parse(sweep_json(reports_at(sweep_points({1, 8}, {1}))));

	EXPECT_EQ(all.at("points").size(), 2u);
	EXPECT_EQ(all.at("points").at(1).at("job").at("iodepth"), 8);
}
