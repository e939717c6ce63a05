// SPDX-License-Identifier: GPL-2.0
#include "bench/bench.hpp"

#include "bench/child.hpp"
#include "bench/files.hpp"
#include "bench/machine.hpp"
#include "check/check.hpp"
#include "report/units.hpp"
#include "shared/subprocess.hpp"
#include "stop_signals.hpp"

#include "lib/disk.hpp"
#include "lib/dm_device.hpp"
#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

// Where progress goes: one bench at a time.
std::FILE *progress = stdout;

void say(const std::string &line)
{
	fmt::print(progress, "{}\n", line);
	std::fflush(progress);
}

// ---- pre-flight ----

void check_root()
{
	if (geteuid() != 0)
		throw_errno(EPERM, "bench makes a dm device and reads debugfs, which needs root; "
				   "run it with sudo, or in a guest");
}

void check_fio()
{
	try {
		run_child({"fio", "--version"}, {});
	} catch (const std::system_error &error) {
		throw_errno(error.code().value(),
			    "cannot run fio, which makes the load; install the package fio");
	}
}

// By sysfs, not by the node in /dev/mapper: without udev the two may disagree.
bool is_dm_name(const std::string &name)
{
	for (const fs::directory_entry &entry : fs::directory_iterator("/sys/class/block"))
		if (trim(read_text_if_any(entry.path() / "dm/name").value_or("")) == name)
			return true;
	return false;
}

void check_name_is_free(const std::string &name)
{
	if (is_dm_name(name))
		throw_errno(EEXIST, fmt::format("a dm device {0} exists and is not ours; use "
						"another --name, or, if a killed run left it, "
						"'dmsetup remove {0}'",
						name));
}

std::vector<dm_segment> whole_disk_table(const disk_facts &disk)
{
	return {{.start = 0,
		 .length = disk.sectors,
		 .target = "linear",
		 .params = disk.path + " 0"}};
}

fio_job job_for(bench_case what, const measurements &m)
{
	return {
		.what = what,
		.device = what.where == layer::raw ? m.disk.path : m.dm.path,
		.settings = m.job,
	};
}

fs::path job_file(bench_case what, const fs::path &out)
{
	return out / "jobs" / (file_stem_of(what) + ".fio");
}

// All that is known before anything is made or run.
measurements look_around(const bench_options &options, const claimed_disk &claim)
{
	measurements m{
		.disk = read_disk(claim.kernel_name),
		.dm = {.path = "/dev/mapper/" + options.dm_name},
		.job = options.job,
		.repeats = options.repeats,
	};

	m.disk.path = options.disk;
	m.disk.sectors = claim.size / 512;
	m.dm.table = to_string(whole_disk_table(m.disk));
	m.machine = read_machine({
		.disk_model = m.disk.model,
		.told_emulated = options.told_emulated,
	});
	m.warnings = find_warnings(m.machine, m.disk);
	for (bench_case what : all_cases)
		m.commands[name_of(what)] =
			subprocess::shell_line(fio_command(job_file(what, options.out)));
	return m;
}

void print_preflight(const measurements &m)
{
	for (const std::string &line : describe(m.machine, m.disk))
		say(line);
	say(fmt::format("dm table of {}: {}", m.dm.path, m.dm.table));
	for (const auto &[name, command] : m.commands)
		say(fmt::format("{}: {}", name, command));
	for (const std::string &warning : m.warnings)
		say("WARNING: " + warning);
	say(fmt::format("{} runs of {} each, after {} of ramp", m.repeats * all_cases.size(),
			duration_text(m.job.runtime), duration_text(m.job.ramp)));
}

void write_jobs(const measurements &m, const fs::path &out)
{
	make_directory(out / "jobs");
	for (bench_case what : all_cases)
		write_file(job_file(what, out), job_text(job_for(what, m)));
}

// ---- one run ----

// The disk's counters at one moment.
struct counters {
	std::optional<std::uint64_t> interrupts;
	std::optional<poll_counters> polls;
	std::uint64_t reads;
};

counters read_counters(const disk_facts &disk)
{
	return {
		.interrupts = read_interrupts(disk.name),
		.polls = disk.poll_queues ? read_poll_counters(disk.name) : std::nullopt,
		.reads = read_requests(disk.name).completed,
	};
}

void note_counters(run_record &run, const counters &before, const counters &after)
{
	if (before.interrupts && after.interrupts)
		run.interrupts = *after.interrupts - *before.interrupts;
	if (before.polls && after.polls)
		run.polls = *after.polls - *before.polls;
	run.disk_reads = after.reads - before.reads;
}

// Newlines would break progress lines and tables.
std::string one_line(const std::string &text)
{
	std::string line;

	for (const std::string &part : split_lines(trim(text)))
		line += (line.empty() ? "" : "; ") + trim(part);
	return line.substr(0, 300);
}

std::string failure_of(const child_result &fio)
{
	const std::string said = one_line(fio.errors);

	return "fio: " + fio.ending() + (said.empty() ? "" : ": " + said);
}

void note_result(run_record &run, const child_result &fio)
{
	if (!fio.ok()) {
		run.failure = failure_of(fio);
		return;
	}
	try {
		run.fio = parse_fio_output(fio.output);
	} catch (const std::runtime_error &error) {
		run.failure = error.what();
	}
}

run_record measure(const planned_run &plan, const measurements &m, const fs::path &out)
{
	run_record run{.what = plan.what, .repeat = plan.repeat};
	const counters before = read_counters(m.disk);
	const child_result fio =
		run_child(fio_command(job_file(plan.what, out)), {.limit = time_limit(m.job)});

	note_counters(run, before, read_counters(m.disk));
	note_result(run, fio);
	return run;
}

// ---- all runs ----

std::string per_io_text(std::optional<std::uint64_t> count, const run_record &run)
{
	if (!count || !run.completed_reads())
		return unknown_text;
	return fmt::format("{:.3f}", double(*count) / double(run.completed_reads()));
}

std::string outcome_text(const run_record &run)
{
	if (!run.ok())
		return "FAILED: " + run.failure;
	return fmt::format(
		"{:>5} IOPS, avg lat {}, {} interrupts and {} polls per IO",
		iops_text(run.fio.iops), latency_text(run.fio.lat_mean),
		per_io_text(run.interrupts, run),
		per_io_text(run.polls ? std::optional(run.polls->invoked) : std::nullopt, run));
}

// A case that failed once is not tried again: a hung polled read takes its time every time.
std::vector<run_record> measure_all(const measurements &m, const fs::path &out)
{
	const std::vector<planned_run> plan = plan_runs(m.repeats);
	std::set<std::string> failed;
	std::vector<run_record> runs;

	for (std::size_t i = 0; i < plan.size(); i++) {
		const std::string name = name_of(plan[i].what);
		const std::string head = fmt::format("[{}/{}] {:<8}", i + 1, plan.size(), name);

		throw_if_stopped();
		if (failed.contains(name)) {
			say(head + " left out, for it failed before");
			continue;
		}
		runs.push_back(measure(plan[i], m, out));
		say(head + " " + outcome_text(runs.back()));
		if (!runs.back().ok())
			failed.insert(name);
	}
	return runs;
}

// An emulator translates the guest's code when it first runs, which would make the first repeat
// slow. What fails here fails again where it counts.
void warm_up(const measurements &m, const fs::path &out)
{
	for (bench_case what : all_cases) {
		throw_if_stopped();
		say(fmt::format("[warm-up] {}, not counted", name_of(what)));
		measure({.what = what, .repeat = 0}, m, out);
	}
}

void check_before(const bench_options &options)
{
	check_root();
	check_fio();
	check_name_is_free(options.dm_name);
}

void measure_on_device(measurements &m, const bench_options &options)
{
	const dm_device device = dm_device::create(options.dm_name, whole_disk_table(m.disk),
						   {.uuid = {}, .read_only = true});
	const std::string attribute =
		fmt::format("/sys/class/block/{}/queue/io_poll", device.kernel_name());

	m.dm.name = device.kernel_name();
	m.dm.io_poll = trim(read_text_if_any(attribute).value_or(unknown_text));
	say(fmt::format("made {} ({}), queue/io_poll {}", m.dm.path, m.dm.name, m.dm.io_poll));
	if (!options.dangerous)
		refuse_dangers(check(m.dm.path, running_machine()).dangers,
			       options.job.iodepth * options.job.jobs);
	const load_watch watch;

	say("this machine before: " + load_text(watch.before()));
	if (m.machine.emulated())
		warm_up(m, options.out);
	m.runs = measure_all(m, options.out);
	m.load = watch.finish();
}

} // namespace

measurements run_bench(const bench_options &options)
{
	progress = options.progress;
	check_before(options);
	const claimed_disk claim = claim_disk(options.disk, {.read_only = true});
	measurements m = look_around(options, claim);

	print_preflight(m);
	if (options.dry_run) {
		for (bench_case what : all_cases)
			say("\n" + job_text(job_for(what, m)));
		return m;
	}
	write_jobs(m, options.out);
	measure_on_device(m, options);
	write_file(options.out / measurements_name, to_json_text(m));
	say("wrote " + (options.out / measurements_name).string());
	return m;
}

} // namespace dmpoll
