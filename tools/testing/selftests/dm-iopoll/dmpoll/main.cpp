// SPDX-License-Identifier: GPL-2.0
#include "bench.hpp"
#include "exit_code.hpp"
#include "report.hpp"
#include "stop_signals.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

using namespace dmpoll;

namespace
{

constexpr const char *about = "Measures and proves polled IO on device-mapper devices.";

constexpr const char *exit_codes =
	"Exit status\n"
	"  0  measured, and the dm device was polled\n"
	"  1  the dm device was NOT polled, or a run failed\n"
	"  2  wrong usage\n"
	"  3  nothing could be measured, or nothing tells whether it was polled\n"
	"  128+N  stopped by signal N; no process and no dm device is left behind";

constexpr const char *bench_about = "measure a disk and dm-linear on it, by interrupts and polling";

constexpr const char *bench_details =
	"Runs the fio job of the cover letter (io_uring, 4k random reads, depth 128) on a disk "
	"and\n"
	"on a dm-linear device over all of it, by interrupts and by polling, in interleaved\n"
	"repeats. Only reads; needs root, fio and a disk that nothing uses. Writes "
	"OUT/jobs/*.fio,\n"
	"OUT/measurements.json and what 'report' writes. Times are like 3s, 500ms, 1m.";

constexpr const char *report_about = "write the report of what bench measured";

constexpr const char *report_details =
	"Writes DIR/report.md, report.json, plot-iops.svg and plot-latency.svg from\n"
	"DIR/measurements.json. Needs gnuplot, but neither root nor a disk. Files of these names\n"
	"are replaced, others left alone.";

struct bench_command {
	bench_options options{};
	std::string runtime = "2s";
	std::string ramp = "300ms";
	bool no_report = false;
};

struct report_command {
	std::filesystem::path directory{};
};

std::string check_duration(const std::string &text)
{
	try {
		return parse_duration(text).count() > 0 ? "" : "must be more than nothing";
	} catch (const std::invalid_argument &error) {
		return error.what();
	}
}

/* dm takes more than this, but such names need quoting everywhere. */
std::string check_dm_name(const std::string &name)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (name.empty() || name.size() > 127 || name == "control" || name[0] == '.' ||
	    name.find_first_not_of(plain) != name.npos)
		return "'" + name + "' is no plain dm device name";
	return "";
}

/* What fio reads as a size: digits and a unit; anything else could carry more fio options. */
std::string check_size(const std::string &text)
{
	if (text.empty() || !std::isdigit(static_cast<unsigned char>(text[0])) ||
	    text.find_first_not_of("0123456789kKmMgGtTiIbB") != text.npos)
		return "'" + text + "' is no size: try 4k or 100G";
	return "";
}

/* Without CLI11's own words for it, which crowd the help. */
CLI::Validator from_to(int low, int high)
{
	return CLI::Range(low, high).description("");
}

void add_load_options(CLI::App &bench, bench_command &command)
{
	job_settings &job = command.options.job;

	bench.add_option("--repeats", command.options.repeats, "runs of each test")
		->check(from_to(1, 1000));
	bench.add_option("--runtime", command.runtime, "of each run")->check(check_duration);
	bench.add_option("--ramp", command.ramp, "before each run, not counted")
		->check(check_duration);
	bench.add_option("--iodepth", job.iodepth, "IOs in flight, of each job")
		->check(from_to(1, 32768));
	bench.add_option("--jobs", job.jobs, "threads")->check(from_to(1, 1024));
	bench.add_option("--bs", job.block_size, "size of each read")->check(check_size);
	bench.add_option("--size", job.size, "part of the disk to read; all of it if not given")
		->check(check_size);
}

CLI::App *add_bench(CLI::App &app, bench_command &command)
{
	CLI::App *bench = app.add_subcommand("bench", bench_about)->footer(bench_details);
	bench_options &o = command.options;

	bench->option_defaults()->always_capture_default();
	bench->add_option("--disk", o.disk, "the disk to read, such as /dev/nvme0n1")->required();
	bench->add_option("--out", o.out, "directory for the results; made if missing")->required();
	add_load_options(*bench, command);
	bench->add_option("--name", o.dm_name, "name of the dm device")->check(check_dm_name);
	bench->add_flag("--emulated", o.told_emulated, "label the numbers as emulated");
	bench->add_flag("--no-report", command.no_report, "measurements only; no gnuplot needed");
	bench->add_flag("--dry-run", o.dry_run, "print machine, commands and jobs; run nothing");
	for (CLI::Option *option : bench->get_options())
		if (option->get_expected_min() > 0)
			option->type_name("X");
	return bench;
}

CLI::App *add_report(CLI::App &app, report_command &command)
{
	CLI::App *report = app.add_subcommand("report", report_about)->footer(report_details);

	report->add_option("DIR", command.directory, "bench's --out directory")->required();
	return report;
}

exit_code code_of(const report &r)
{
	if (r.has_failures())
		return exit_code::not_polled;
	switch (r.judged.result) {
	case verdict::outcome::polled:
		return exit_code::polled;
	case verdict::outcome::not_polled:
		return exit_code::not_polled;
	case verdict::outcome::cannot_tell:
		break;
	}
	return exit_code::cannot_tell;
}

exit_code print_outcome(const report &r)
{
	fmt::print("dm/poll: {}. {}\n", verdict_text(r.judged), r.judged.reason);
	for (const comparison &c : r.ratios)
		if (c.ratio)
			fmt::print("IOPS of {} over {}: {:.2f} (min {:.2f}, max {:.2f})\n",
				   name_of(c.over), name_of(c.under), c.ratio->median, c.ratio->min,
				   c.ratio->max);
	return code_of(r);
}

exit_code report_on(const measurements &m, const std::filesystem::path &directory)
{
	const report r = make_report(m);

	const exit_code code = print_outcome(r);

	write_report(r, directory);
	fmt::print("wrote {}\n", (directory / "report.md").string());
	return code;
}

exit_code run(bench_command command)
{
	command.options.job.runtime = parse_duration(command.runtime);
	command.options.job.ramp = parse_duration(command.ramp);
	const measurements m = run_bench(command.options);

	if (command.options.dry_run)
		return exit_code::polled;
	return command.no_report ? print_outcome(make_report(m))
				 : report_on(m, command.options.out);
}

exit_code run(const report_command &command)
{
	return report_on(load_measurements(command.directory), command.directory);
}

int run_subcommand(int argc, char **argv)
{
	CLI::App app(about, "dmpoll");
	bench_command bench_values;
	report_command report_values;
	const CLI::App *bench = add_bench(app, bench_values);

	add_report(app, report_values);
	app.footer(exit_codes);
	app.require_subcommand(1);
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		return app.exit(error) == 0 ? 0 : static_cast<int>(exit_code::usage);
	}
	block_watched_signals();
	return static_cast<int>(bench->parsed() ? run(bench_values) : run(report_values));
}

} // namespace

int main(int argc, char **argv)
{
	try {
		return run_subcommand(argc, argv);
	} catch (const stopped &stop) {
		fmt::print(stderr, "dmpoll: {}\n", stop.what());
		return 128 + stop.signal_number();
	} catch (const std::exception &error) {
		fmt::print(stderr, "dmpoll: {}\n", error.what());
		return static_cast<int>(exit_code::cannot_tell);
	}
}
