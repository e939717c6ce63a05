// SPDX-License-Identifier: GPL-2.0
#include "times.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lab
{

namespace
{

std::filesystem::path file_in(const std::filesystem::path &dir)
{
	return dir / "times.json";
}

} // namespace

check_times load_times(const std::filesystem::path &dir)
try {
	std::ifstream file(file_in(dir));
	return nlohmann::json::parse(file).get<check_times>();
} catch (const nlohmann::json::exception &) {
	return {};
}

void save_times(const std::filesystem::path &dir, const check_times &times)
{
	std::ofstream(file_in(dir)) << nlohmann::json(times).dump(1, '\t') << "\n";
}

std::optional<std::chrono::seconds> time_of(const std::vector<std::string> &checks, unsigned jobs,
					    const check_times &times)
{
	double sum = 0, longest = 0;
	for (const auto &name : checks) {
		const auto known = times.find(name);
		if (known == times.end())
			return std::nullopt;
		sum += known->second;
		longest = std::max(longest, known->second);
	}
	return std::chrono::seconds(std::lround(std::max(longest, sum / std::max(jobs, 1U))));
}

std::string left_text(std::chrono::seconds left)
{
	const auto minutes = std::chrono::round<std::chrono::minutes>(left);
	return minutes.count() > 0 ? fmt::format("about {} min left", minutes.count())
				   : "less than a minute left";
}

} // namespace lab
