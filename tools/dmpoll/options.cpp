// SPDX-License-Identifier: GPL-2.0
#include "options.hpp"

#include "bench/fio_job.hpp"
#include "exit_code.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace dmpoll
{

namespace
{

constexpr const char *about =
	"Is IO polled, if not why not, and what would it gain: for device-mapper and the\n"
	"disks below it. Reads only. The manual is dmpoll(1).";

constexpr const char *exit_codes =
	"Exit status: 0 polled, 1 not polled (or a run of bench failed), 2 wrong usage,\n"
	"3 cannot tell, 4 polled IO may crash this kernel, 128+N stopped by signal N.";

constexpr const char *check_about = "look: is it polled, why not, what helps";

constexpr const char *check_details =
	"Walks from a block device, or the one a file or mount point is on, down to the\n"
	"disks, and prints for each device whether it can be polled and what helps.\n"
	"\n"
	"  dmpoll check /dev/mapper/home\n"
	"  dmpoll check --json /srv/db/data | jq .verdict\n"
	"\n"
	"IO_POLL is queue/io_poll, NOWAIT whether IO that may not wait is taken (tried\n"
	"with one read). Best as root: others may not see dm tables and poll queues.\n"
	"Exit status: 0 polled, 1 not polled, 2 wrong usage, 3 cannot tell, 4 polled IO\n"
	"may crash this kernel.";

constexpr const char *prove_about = "read, and tell from counters what happened";

constexpr const char *prove_details =
	"Reads (never writes) plainly, through an IORING_SETUP_IOPOLL ring, and with\n"
	"RWF_HIPRI; tells from the disks' poll counters (debugfs), interrupts and\n"
	"requests in flight how the reads ended. Ends in bounded time, whatever the\n"
	"device does.\n"
	"\n"
	"  dmpoll prove /dev/mapper/home\n"
	"\n"
	"Needs read permission on the device, and root for the poll counters.\n"
	"Exit status: 0 polled, 1 not polled, 2 wrong usage, 3 cannot tell.";

constexpr const char *top_about = "watch polls, hits and interrupts live";

constexpr const char *top_details =
	"Without a device: every disk with polled hw queues. A stacked device stands for\n"
	"the disks below it. POLLS are calls of the driver's poll function, HITS those\n"
	"that found something. Linux 5.19 and later do not count them (?): there,\n"
	"requests without interrupts are polled ones. Interrupts: of NVMe and virtio.\n"
	"\n"
	"  dmpoll top /dev/mapper/home\n"
	"  dmpoll top --interval 10s --count 6 --json >log     # a line each\n"
	"\n"
	"Exit status: 0 after --count frames, 2 wrong usage, 3 nothing to look at.";

constexpr const char *bench_about = "measure a disk and dm on it, with fio";

constexpr const char *bench_details =
	"Random reads with fio on the disk and on a dm-linear device over all of it, by\n"
	"interrupts and by polling, interleaved. Only reads; needs root, fio, and a disk\n"
	"that nothing uses. Writes jobs/*.fio, measurements.json and what 'report' does.\n"
	"  dmpoll bench /dev/nvme0n1 --out results --iodepth 1,8,32,128";

constexpr const char *report_about = "write the report of what bench measured";

constexpr const char *report_details =
	"Writes DIR/report.md, report.json, plot-iops.svg and plot-latency.svg (of a\n"
	"sweep also sweep.md and sweep.json) from DIR/measurements.json. Needs gnuplot,\n"
	"neither root nor a disk. Files of these names are replaced, others left alone.";

constexpr const char *watch_about = "run a command, and note who else used the CPUs";

constexpr const char *watch_details =
	"For bench in a guest, which cannot see its host: run on the host, with the\n"
	"guest as the command. Writes DIR/host.json, which 'report' reads. Exit status:\n"
	"that of the command.\n"
	"\n"
	"  dmpoll watch --out DIR -- qemu-system-x86_64 ...";

std::string check_duration(const std::string &text)
{
	constexpr std::chrono::milliseconds longest = std::chrono::hours(24);

	try {
		const std::chrono::milliseconds duration = parse_duration(text);

		return duration.count() > 0 && duration <= longest
			       ? ""
			       : "'" + text + "' is no time from 1ms to 1440m";
	} catch (const std::invalid_argument &error) {
		return error.what();
	}
}

// dm takes more than this, but such names need quoting everywhere.
std::string check_dm_name(const std::string &name)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (name.empty() || name.size() > 127 || name == "control" || name[0] == '.' ||
	    name.find_first_not_of(plain) != name.npos)
		return "'" + name + "' is no plain dm device name";
	return "";
}

// What fio reads as a size: digits and a unit; anything else could carry more fio options.
std::string check_size(const std::string &text)
{
	if (text.empty() || !std::isdigit(static_cast<unsigned char>(text[0])) ||
	    text.find_first_not_of("0123456789kKmMgGtTiIbB") != text.npos)
		return "'" + text + "' is no size: try 4k or 100G";
	return "";
}

// CLI11's own words for it crowd the help, and differ between its versions.
CLI::Validator from_to(unsigned low, unsigned high)
{
	const auto check = [=](const std::string &text) -> std::string {
		unsigned number = 0;
		const char *end = text.data() + text.size();
		const auto [stop, error] = std::from_chars(text.data(), end, number);

		if (error == std::errc() && stop == end && low <= number && number <= high)
			return "";
		return fmt::format("'{}' is no number from {} to {}", text, low, high);
	};

	return {check, ""};
}

// As CLI11 fills them in: durations are texts there.
struct parsed {
	check_command check{};
	prove_command prove{};
	bench_command bench{};
	std::string runtime = "2s";
	std::string ramp = "300ms";
	report_command report{};
	top_options top{};
	std::string interval = "1s";
	watch_options watch{};
};

void add_check(CLI::App &app, check_command &command)
{
	CLI::App *check = app.add_subcommand("check", check_about)->footer(check_details);

	check->add_option("DEVICE", command.argument, "block device, file or mount point")
		->required()
		->type_name("");
	check->add_flag("--json", command.json, "for programs, on stdout");
}

void add_prove(CLI::App &app, prove_command &command)
{
	CLI::App *prove = app.add_subcommand("prove", prove_about)->footer(prove_details);
	prove_options &o = command.options;

	prove->option_defaults()->always_capture_default();
	prove->add_option("DEVICE", o.argument, "block device or file")->required()->type_name("");
	prove->add_option("--reads", o.reads, "reads in each way, 1 to 100000")
		->check(from_to(1, 100000))
		->type_name("N");
	prove->add_option("--depth", o.depth, "in flight at once in the ring, 1 to 1024")
		->check(from_to(1, 1024))
		->type_name("N");
	prove->add_flag("--dangerous", o.dangerous, "read though it may crash this machine");
	prove->add_flag("--json", command.json, "for programs, on stdout");
}

// Numbers with commas between; what follows is no part of them.
CLI::Option *add_list(CLI::App &bench, const char *name, std::vector<unsigned> &values,
		      const char *what)
{
	return bench.add_option(name, values, what)
		->delimiter(',')
		->allow_extra_args(false)
		->default_str(fmt::format("{}", fmt::join(values, ",")));
}

void add_load_options(CLI::App &bench, parsed &values)
{
	bench_command &command = values.bench;
	job_settings &job = command.options.job;

	bench.add_option("--repeats", command.options.repeats, "runs of each test")
		->check(from_to(1, 1000));
	bench.add_option("--runtime", values.runtime, "of each run")->check(check_duration);
	bench.add_option("--ramp", values.ramp, "before each run, not counted")
		->check(check_duration);
	add_list(bench, "--iodepth", command.iodepths, "IOs in flight of each job; 1,8,32: a sweep")
		->check(from_to(1, 32768));
	add_list(bench, "--jobs", command.jobs, "threads; 1,2: a sweep")->check(from_to(1, 1024));
	bench.add_option("--bs", job.block_size, "size of each read")->check(check_size);
	bench.add_option("--size", job.size, "part of the disk to read; all of it if not given")
		->check(check_size);
}

void add_bench(CLI::App &app, parsed &values)
{
	bench_command &command = values.bench;
	CLI::App *bench = app.add_subcommand("bench", bench_about)->footer(bench_details);
	bench_options &o = command.options;

	bench->option_defaults()->always_capture_default();
	bench->add_option("--disk,DEVICE", o.disk, "the disk to read")->required();
	bench->add_option("--out", o.out, "directory for the results; made if missing")->required();
	add_load_options(*bench, values);
	bench->add_option("--name", o.dm_name, "name of the dm device")->check(check_dm_name);
	bench->add_flag("--emulated", o.told_emulated, "label the numbers as emulated");
	bench->add_flag("--no-report", command.no_report, "measurements only; no gnuplot needed");
	bench->add_flag("--json", command.json, "report.json on stdout, progress on stderr");
	bench->add_flag("--dangerous", o.dangerous, "measure though it may crash this machine");
	bench->add_flag("--dry-run", o.dry_run, "print machine, commands and jobs; run nothing");
	for (CLI::Option *option : bench->get_options())
		if (option->get_expected_min() > 0)
			option->type_name("X");
}

void add_top(CLI::App &app, parsed &values)
{
	CLI::App *top = app.add_subcommand("top", top_about)->footer(top_details);

	top->option_defaults()->always_capture_default();
	top->add_option("DEVICE", values.top.arguments, "block devices, files or mount points")
		->type_name("");
	top->add_option("--interval", values.interval, "between frames, such as 500ms, 2s, 1m")
		->check(check_duration)
		->type_name("X");
	top->add_option("--count", values.top.count, "frames, to 1000000; 0: until stopped")
		->check(from_to(0, 1000000))
		->type_name("N");
	top->add_flag("--json", values.top.json, "for programs: a line per frame");
}

void add_report(CLI::App &app, report_command &command)
{
	CLI::App *report = app.add_subcommand("report", report_about)->footer(report_details);

	report->add_option("DIR", command.directory, "bench's --out directory")->required();
}

void add_watch(CLI::App &app, watch_options &options)
{
	CLI::App *watch = app.add_subcommand("watch", watch_about)->footer(watch_details);

	watch->add_option("--out", options.out, "bench's directory; made if missing")
		->required()
		->type_name("DIR");
	watch->add_option("COMMAND", options.command, "after --")->required()->type_name("");
}

command chosen(const CLI::App &app, parsed &values)
{
	if (app.got_subcommand("check"))
		return values.check;
	if (app.got_subcommand("prove"))
		return values.prove;
	if (app.got_subcommand("top")) {
		values.top.interval = parse_duration(values.interval);
		return values.top;
	}
	if (app.got_subcommand("watch"))
		return values.watch;
	if (app.got_subcommand("report"))
		return values.report;
	values.bench.options.job.runtime = parse_duration(values.runtime);
	values.bench.options.job.ramp = parse_duration(values.ramp);
	return values.bench;
}

// CLI11 only says that one is required.
void explain_unknown_subcommand(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-')
		fmt::print(stderr,
			   "dmpoll: there is no subcommand '{}'; there are check, prove, "
			   "bench, report, top and watch\n",
			   argv[1]);
}

} // namespace

command parse_command_line(int argc, char **argv)
{
	CLI::App app(about, "dmpoll");
	parsed values;

	add_check(app, values.check);
	add_prove(app, values.prove);
	add_bench(app, values);
	add_report(app, values.report);
	add_top(app, values);
	add_watch(app, values.watch);
	app.footer(exit_codes);
	app.require_subcommand(1);
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		if (app.get_subcommands().empty())
			explain_unknown_subcommand(argc, argv);
		return app.exit(error) == 0 ? 0 : static_cast<int>(exit_code::usage);
	}
	return chosen(app, values);
}

} // namespace dmpoll
