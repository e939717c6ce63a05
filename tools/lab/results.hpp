// SPDX-License-Identifier: GPL-2.0
// What the tests of one call said: shown as they end, kept as JSON and KTAP.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lab
{

// The last two are of a survey: it took its guest along, or did not end in time.
enum class test_state { passed, failed, skipped, crashed, stalled };
std::string_view name_of(test_state state);

using seconds_f = std::chrono::duration<double>;

struct test_result {
	std::string name; // the check's, or check/case
	std::string check;
	test_state state = test_state::passed;
	std::string reason = {}; // why it failed or was skipped
	bool finding = false;    // of a survey: fails no run
	seconds_f elapsed{};
	// Of a failed one:
	std::deque<std::string> tail = {}; // the output's last lines
	std::filesystem::path log = {};
	std::string again = {}; // the command that runs only this
};

struct tally {
	std::size_t passed = 0, failed = 0, skipped = 0, crashed = 0, stalled = 0;

	bool operator==(const tally &) const = default;
};

class result_list
{
public:
	// Prints its line at once.
	void add(test_result result);

	tally count() const;
	// Nothing failed but what a survey found, and something passed.
	bool good() const;
	const std::vector<test_result> &all() const { return results_; }

	// The reasons of the skips, the failed names again, and the line that closes a run.
	void print_summary() const;

	// DIR/results.json and DIR/results.ktap. Throws lab::failure.
	void write(const std::filesystem::path &dir) const;

private:
	std::vector<test_result> results_;
};

std::string closing_line(const tally &t);
std::string to_json(const std::vector<test_result> &results);
std::string to_ktap(const std::vector<test_result> &results);

} // namespace lab
