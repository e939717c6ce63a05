// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

#include "bench/files.hpp"
#include "report/report.hpp"
#include "stop_signals.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdlib.h>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

using namespace dmpoll;
using nlohmann::json;

namespace
{

void expect_in(const std::string &text, const std::string &part)
{
	EXPECT_NE(text.find(part), text.npos) << "no '" << part << "' in\n" << text;
}

void expect_not_in(const std::string &text, const std::string &part)
{
	EXPECT_EQ(text.find(part), text.npos) << "'" << part << "' in\n" << text;
}

std::string markdown_of(const measurements &m)
{
	return markdown_text(make_report(m));
}

json json_of(const measurements &m)
{
	return json::parse(json_text(make_report(m)));
}

class scratch_directory
{
public:
	scratch_directory()
	{
		std::string name = std::filesystem::temp_directory_path() / "dmpoll-unit-XXXXXX";

		if (!mkdtemp(name.data()))
			throw std::runtime_error("cannot make " + name);
		path_ = name;
	}
	scratch_directory(const scratch_directory &) = delete;
	scratch_directory &operator=(const scratch_directory &) = delete;
	~scratch_directory()
	{
		std::error_code ignored;

		std::filesystem::remove_all(path_, ignored);
	}

	const std::filesystem::path &path() const { return path_; }

	std::set<std::string> names() const
	{
		std::set<std::string> found;

		for (const auto &entry : std::filesystem::directory_iterator(path_))
			found.insert(entry.path().filename());
		return found;
	}

private:
	std::filesystem::path path_;
};

measurements emulated_measurements()
{
	measurements m = good_measurements();

	m.machine.emulation = "the CPU is emulated";
	return m;
}

} // namespace

TEST(report, markdown_has_the_cover_letters_table)
{
	const std::string text = markdown_of(good_measurements());

	expect_in(text, "test | iops | bw | avg lat | p99 | irq/IO | CPU\n");
	expect_in(text, "dm/poll | 373k | 1455 MiB/s | 344 us | 805 us | 0.000 | 10 + 80 %\n");
}

TEST(report, markdown_says_that_dm_was_polled_and_how_much_it_gained)
{
	const std::string text = markdown_of(good_measurements());

	expect_in(text, "# Polled IO on device-mapper: polled\n");
	expect_in(text, "dm/poll had 1.50 times the IOPS of dm/irq");
	expect_not_in(text, "NOT POLLED");
	expect_not_in(text, "mulated (");
}

TEST(report, markdown_says_not_polled_first_of_all)
{
	const std::string text = markdown_of(unpatched_measurements());

	expect_in(text.substr(0, 60), "NOT POLLED");
	expect_in(text, "No number below speaks for polling");
}

TEST(report, emulated_numbers_are_labelled_everywhere)
{
	const report r = make_report(emulated_measurements());

	expect_in(markdown_text(r), "(emulated)");
	expect_in(markdown_text(r), "**These numbers are emulated**");
	expect_in(iops_plot_script(r), "EMULATED");
	expect_in(latency_plot_script(r), "EMULATED");
	EXPECT_TRUE(json::parse(json_text(r)).at("emulated").get<bool>());
}

TEST(report, losing_metrics_are_named)
{
	const auto m = with_runs(good_measurements(), dm_poll,
				 [](run_record &run) { run.fio.lat_p99 = 1e12; });

	expect_in(markdown_of(m), "- dm/poll, p99:");
	expect_in(markdown_of(good_measurements()), "In no metric was polling shown to be worse");
}

TEST(report, json_has_the_ratios_as_numbers)
{
	const json ratios = json_of(good_measurements()).at("ratios");

	EXPECT_NEAR(ratios.at("dm_poll_over_dm_irq").get<double>(), 1.5, 1e-9);
	EXPECT_NEAR(ratios.at("dm_poll_over_raw_poll").get<double>(), 0.9, 1e-9);
	EXPECT_EQ(ratios.at("dm_poll_over_dm_irq_interval").size(), 2u);
	EXPECT_NEAR(ratios.at("dm_poll_over_dm_irq_confidence").get<double>(), 0.96875, 1e-9);
}

TEST(report, json_has_the_proof)
{
	const json proof = json_of(good_measurements()).at("proof");

	EXPECT_GT(proof.at("poll_hits").get<std::uint64_t>(), 0u);
	EXPECT_EQ(proof.at("interrupts_polled_run").get<std::uint64_t>(), 0u);
	EXPECT_TRUE(json_of(good_measurements()).at("polled").get<bool>());
	EXPECT_EQ(json_of(unpatched_measurements()).at("proof").at("poll_hits"), 0);
	EXPECT_FALSE(json_of(unpatched_measurements()).at("polled").get<bool>());
}

TEST(report, unmeasured_values_are_null_and_question_marks)
{
	const auto m = with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.fio.lat_p99.reset();
		run.interrupts.reset();
		run.polls.reset();
	});
	const json out = json_of(m);

	EXPECT_TRUE(out.at("cases").at("dm/poll").at("lat_p99_ns").is_null());
	EXPECT_TRUE(out.at("proof").at("poll_hits").is_null());
	expect_in(markdown_of(m), "dm/poll | 373k | 1455 MiB/s | 344 us | ? | ? | 10 + 80 %\n");
}

TEST(report, nothing_measured_divides_by_nothing)
{
	measurements m = good_measurements();

	m.runs.clear();
	const std::string text = markdown_of(m);

	expect_in(text, "CANNOT TELL");
	expect_in(text, "raw/irq | ? | ? | ? | ? | ? | ?\n");
	expect_not_in(text, "nan");
	expect_not_in(text, "inf");
	expect_not_in(text, "plot-iops.svg");
	EXPECT_TRUE(json_of(m).at("ratios").at("dm_poll_over_dm_irq").is_null());
}

TEST(report, zero_reads_give_no_nan)
{
	const auto m = with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.fio = {};
		run.disk_reads = 0;
	});

	expect_not_in(markdown_of(m), "nan");
	expect_not_in(json_text(make_report(m)), "nan");
}

TEST(report, failures_are_listed)
{
	measurements m = good_measurements();

	m.runs.at(3).failure = "fio: killed by Segmentation fault";
	expect_in(markdown_of(m), "- dm/poll: fio: killed by Segmentation fault\n");
	EXPECT_TRUE(make_report(m).has_failures());
	EXPECT_EQ(json_of(m).at("cases").at("dm/poll").at("failures").size(), 1u);
}

TEST(report, plot_strings_cannot_break_out)
{
	measurements m = good_measurements();

	m.disk.model = "it's; system 'x'";
	expect_in(iops_plot_script(make_report(m)), "it''s; system ''x''");
}

TEST(report, writes_its_own_files_and_no_others)
{
	const scratch_directory scratch;

	block_watched_signals();
	write_file(scratch.path() / "notes.txt", "mine");
	write_report(make_report(good_measurements()), scratch.path());
	EXPECT_EQ(scratch.names(),
		  (std::set<std::string>{"notes.txt", "plot-iops.svg", "plot-latency.svg",
					 "report.json", "report.md"}));

	measurements nothing = good_measurements();

	nothing.runs.clear();
	write_report(make_report(nothing), scratch.path());
	EXPECT_EQ(scratch.names(),
		  (std::set<std::string>{"notes.txt", "report.json", "report.md"}));
}
