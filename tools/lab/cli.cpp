// SPDX-License-Identifier: GPL-2.0
#include "cli.hpp"

#include <bit>
#include <map>
#include <regex>
#include <sstream>

#include <CLI/CLI.hpp>

namespace lab
{

namespace
{

// "1G" to bytes; a plain number is bytes. NVMe namespaces are made of 512-byte blocks.
CLI::Validator disk_size()
{
	return CLI::Validator(
		[](std::string &text) -> std::string {
			const auto size = CLI::AsSizeValue(false);
			if (auto error = size(text); !error.empty())
				return error;
			const auto bytes = std::stoull(text);
			if (bytes < (1ULL << 20) || bytes % 512 != 0)
				return "a disk has at least 1M and a multiple of 512 bytes";
			return {};
		},
		"SIZE");
}

CLI::Validator regex()
{
	return CLI::Validator(
		[](std::string &text) -> std::string {
			try {
				const std::regex compiled(text);
				return {};
			} catch (const std::regex_error &e) {
				return "--allow-log: " + text + ": " + e.what();
			}
		},
		"REGEX");
}

void add_shape_options(CLI::App &app, run_options &o)
{
	app.add_option("--kernel", o.kernel,
		       "vmlinux or bzImage to boot, with the initrd beside it if there is one")
		->envname("LAB_KERNEL")
		->required();
	app.add_option("--cpus", o.cpus, "virtual CPUs")
		->check(CLI::Range(1, 64))
		->capture_default_str();
	app.add_option("--memory", o.memory_mib, "memory, MiB")
		->check(CLI::Range(128, 1 << 20))
		->capture_default_str();
	app.add_option("--nvme", o.nvme.count, "NVMe disks")
		->check(CLI::Range(0, 24))
		->capture_default_str();
	app.add_option("--nvme-size", o.nvme.bytes_each, "size of each (1G)")
		->transform(disk_size());
	app.add_option("--zone-size", o.zone_bytes, "the disks are zoned, with zones of this size")
		->transform(disk_size());
	app.add_flag(
		   "--subsystem", o.subsystem,
		   "the disks are namespaces of one subsystem, and each controller has all of them")
		->excludes("--zone-size");
	app.add_option("--nvme-queues", o.nvme_queues, "IO queue pairs of each")
		->check(CLI::Range(1, 64))
		->capture_default_str();
	app.add_option("--poll-queues", o.poll_queues, "of these, polled (nvme.poll_queues)")
		->check(CLI::Range(0, 63))
		->capture_default_str();
	app.add_option("--append", o.append, "more kernel parameters");
	app.add_option("--qemu-arg", o.qemu_args, "one more QEMU argument; may be repeated")
		->allow_extra_args(false);
}

void add_run_options(CLI::App &app, run_options &o)
{
	const std::map<std::string, accel_choice> accels{{"auto", accel_choice::automatic},
							 {"kvm", accel_choice::kvm},
							 {"tcg", accel_choice::tcg}};
	app.add_option("--out", o.out, "host directory, writable in the guest at /out");
	app.add_option("--accel", o.accel, "auto, kvm or tcg (auto)")
		->transform(CLI::CheckedTransformer(accels).description("{auto,kvm,tcg}"));
	app.add_option_function<unsigned>(
		   "--silence", [&o](const unsigned &s) { o.silence = std::chrono::seconds(s); },
		   "end a guest that says nothing for so long, seconds (60)")
		->check(CLI::Range(1, 86400));
	app.add_option_function<unsigned>(
		   "--timeout", [&o](const unsigned &s) { o.timeout = std::chrono::seconds(s); },
		   "end the run after so long, seconds (300)")
		->check(CLI::Range(1, 86400));
	app.add_option("--console", o.console, "console file (OUT/console.log)")
		->envname("LAB_CONSOLE");
	app.add_option("--allow-log", o.allow_log, "regex: such kernel log lines are no failure")
		->check(regex())
		->allow_extra_args(false);
	app.add_flag("--terminal", o.terminal, "give the command this terminal");
	app.add_flag("--dry-run", o.dry_run, "only print the QEMU command line");
	app.add_flag("--quiet", o.quiet, "say nothing unless something is wrong");
	app.add_option("command", o.command, "what to run in the guest")->required();
}

CLI::App *add_run_command(CLI::App &app, run_options &options)
{
	auto *sub = app.add_subcommand("run", "boot a guest and run a command in it");
	sub->footer(
		"Exit codes: 0 pass, 1 command failed or kernel log not clean, 2 usage, 3 guest\n"
		"lost, 4 the command said skip (exit 4), 5 timeout.");
	add_shape_options(*sub, options);
	add_run_options(*sub, options);
	return sub;
}

CLI::App *add_check_command(CLI::App &app, check_options &o)
{
	auto *check = app.add_subcommand("check", "run checks, all or those that match a PATTERN");
	check->add_option("--checks", o.checks, "the list of checks")->capture_default_str();
	check->add_option("--for", o.view.set,
			  "the checks for this kernel: ours, base, debug, other")
		->capture_default_str();
	check->add_option("--machine", o.view.machine,
			  "only tests of the usual machine, but on this one");
	check->add_option("--var", o.vars, "NAME=VALUE for ${NAME} in the list; may be repeated")
		->allow_extra_args(false);
	check->add_option("--jobs", o.jobs, "checks at a time")
		->check(CLI::Range(1, 64))
		->capture_default_str();
	check->add_option("--results", o.results, "directory for logs, results.json, results.ktap")
		->capture_default_str();
	check->add_flag("--list", o.list, "only print the names and what they are for");
	check->add_flag("--needs", o.needs, "only print the variables that are needed");
	check->add_option("--again", o.again,
			  "how a test is run again, to be followed by its name: 'make check T='");
	check->add_option("pattern", o.patterns, "names of checks or cases; * ? [] as in a shell");
	check->footer("Exit codes: 0 nothing failed and at least one test passed, 1 otherwise,\n"
		      "2 usage.");
	return check;
}

CLI::App *add_comparison_command(CLI::App &app, comparison_options &o)
{
	auto *sub = app.add_subcommand("comparison",
				       "several runs of the same cases as a Markdown table");
	sub->add_option("--column", o.columns,
			"TITLE=FILE[:CHECK], FILE being a results.json; repeat for more columns")
		->required()
		->allow_extra_args(false);
	return sub;
}

void add_accel_command(CLI::App &app, accel_options &o)
{
	auto *accel = app.add_subcommand("accel", "say whether KVM runs guests here");
	accel->add_option("--kernel", o.kernel, "vmlinux or bzImage for the trial")
		->envname("LAB_KERNEL")
		->required();
	accel->add_flag("--again", o.again, "try again, whatever was found earlier");
}

// What one validator cannot see: values that contradict each other.
void check_run(const run_options &o)
{
	if (o.poll_queues >= o.nvme_queues)
		throw CLI::ValidationError("--poll-queues",
					   "must be smaller than --nvme-queues: at least one queue "
					   "works by interrupts");
	if (o.zone_bytes &&
	    (!std::has_single_bit(o.zone_bytes) || o.nvme.bytes_each % o.zone_bytes))
		throw CLI::ValidationError("--zone-size",
					   "must be a power of two that divides --nvme-size");
}

parse_end describe(const CLI::App &app, const CLI::ParseError &error)
{
	std::ostringstream out, err;
	const int code = app.exit(error, out, err);
	return {.code = code == 0 ? 0 : static_cast<int>(verdict::usage),
		.text = out.str() + err.str()};
}

} // namespace

command parse_command_line(int argc, const char *const *argv)
{
	run_options guest_run;
	accel_options accel;
	check_options check;
	comparison_options comparison;
	CLI::App app("Guests for testing polled IO: boots them, watches them, judges them.", "lab");
	app.require_subcommand(1);
	const auto *run_command = add_run_command(app, guest_run);
	const auto *check_command = add_check_command(app, check);
	const auto *comparison_command = add_comparison_command(app, comparison);
	add_accel_command(app, accel);
	try {
		app.parse(argc, argv);
		if (run_command->parsed())
			check_run(guest_run);
	} catch (const CLI::ParseError &error) {
		return describe(app, error);
	}
	if (run_command->parsed())
		return guest_run;
	if (check_command->parsed())
		return check;
	if (comparison_command->parsed())
		return comparison;
	return accel;
}

} // namespace lab
