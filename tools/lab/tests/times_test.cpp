// SPDX-License-Identifier: GPL-2.0
#include "times.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

namespace lab
{
namespace
{

using std::chrono::seconds;

TEST(times, of_several_at_a_time_are_no_shorter_than_the_longest)
{
	const check_times times{{"a", 100}, {"b", 20}, {"c", 60}};
	EXPECT_EQ(time_of({"a", "b", "c"}, 1, times), seconds(180));
	EXPECT_EQ(time_of({"a", "b", "c"}, 2, times), seconds(100));
	EXPECT_EQ(time_of({"b", "c"}, 2, times), seconds(60));
	EXPECT_EQ(time_of({"a", "d"}, 2, times), std::nullopt);
}

TEST(times, are_kept)
{
	const auto dir =
		std::filesystem::temp_directory_path() / ("lab-times-" + std::to_string(getpid()));
	std::filesystem::create_directory(dir);
	EXPECT_TRUE(load_times(dir).empty());
	save_times(dir, {{"a", 1.5}});
	EXPECT_EQ(load_times(dir), (check_times{{"a", 1.5}}));
	std::filesystem::remove_all(dir);
}

TEST(times, are_told_in_minutes)
{
	EXPECT_EQ(left_text(seconds(29)), "less than a minute left");
	EXPECT_EQ(left_text(seconds(700)), "about 12 min left");
}

} // namespace
} // namespace lab
