// SPDX-License-Identifier: GPL-2.0
// The only file that sees CLI11: it takes long to compile.
#include "options.hpp"

#include <filesystem>
#include <random>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "lib/kernel_version.hpp"

namespace dmpoll
{

namespace
{

poll_mode parse_mode(const std::string &name)
{
	for (auto mode : {poll_mode::poll, poll_mode::irq, poll_mode::eopnotsupp})
		if (to_string(mode) == name)
			return mode;
	throw CLI::ValidationError(name + " is no mode");
}

void add_mode_options(CLI::App &app, settings &options)
{
	app.add_option_function<std::string>(
		   "--expect",
		   [&](const std::string &name) { options.expect.dm = parse_mode(name); },
		   "what polled IO to dm devices must do: poll (default), irq or eopnotsupp")
		->check(CLI::IsMember({"poll", "irq", "eopnotsupp"}).description(""))
		->type_name("MODE");
	app.add_option_function<std::string>(
		   "--expect-raw",
		   [&](const std::string &name) { options.expect.raw = parse_mode(name); },
		   "what polled IO to the disks themselves must do: poll (default) or irq")
		->check(CLI::IsMember({"poll", "irq"}).description(""))
		->type_name("MODE");
}

void add_options(CLI::App &app, settings &options)
{
	app.add_option("-d,--disk", options.disk_paths,
		       "a disk or partition to test on; it is OVERWRITTEN; repeat for more")
		->type_name("DEVICE")
		->allow_extra_args(false);
	add_mode_options(app, options);
	app.add_option("-f,--filter", options.filters, "run only tests that match; repeatable")
		->type_name("GLOB")
		->allow_extra_args(false);
	app.add_option("--seed", options.seed, "of all that is random (default: a random one)");
	app.add_option("--log", options.log, "write the output into this file, too")
		->type_name("FILE");
	app.add_option("--timeout", options.timeout, "seconds that a test may take (default 20)");
	app.add_option("--hotplug", options.hotplug,
		       "for hot.*: a command that unplugs and plugs a disk; it gets 'out' or 'in', "
		       "and the disk")
		->type_name("COMMAND");
	app.add_option("--bad-sector", options.bad_sector,
		       "for errors.medium-*: a sector that one of the disks cannot read")
		->type_name("SECTOR");
	app.add_flag("--until-failure", options.until_failure, "end after the first that fails");
	app.add_option("--leaf", options.leaf,
		       "the test leaf (default: dm_iopoll_leaf.ko beside this program, if any)")
		->type_name("FILE");
	app.add_option("--duration", options.duration,
		       "seconds that each of stress.* lasts (default 3)")
		->check(CLI::Range(1, 86400));
	app.add_option("--slow", options.slow,
		       "the machine is so much slower than usual: a factor of all time limits")
		->check(CLI::Range(1, 10));
	app.add_flag("-l,--list", options.list, "print the tests' names and end");
	app.add_flag("-v,--verbose", options.verbose, "print what passing tests measured");
}

std::string leaf_beside(const std::string &program)
{
	auto file = std::filesystem::path(program).replace_filename("dm_iopoll_leaf.ko");

	return std::filesystem::exists(file) ? file.string() : "";
}

} // namespace

std::optional<int> parse_command_line(int argc, char **argv, settings &options)
{
	CLI::App app("Proves how polled IO on device-mapper devices completes. KTAP on stdout; "
		     "exit status 0: passed, 1: failed, 2: wrong usage, 4: all skipped.");

	options.seed = std::random_device()();
	options.program = argv[0];
	options.expect.sync_ignored = running_kernel() >= sync_polling_gone;
	add_options(app, options);
	try {
		app.parse(argc, argv);
		if (options.leaf.empty())
			options.leaf = leaf_beside(options.program);
		return std::nullopt;
	} catch (const CLI::ParseError &error) {
		return app.exit(error) ? exit_usage : exit_pass;
	}
}

std::string command_for(const settings &options, const std::string &test)
{
	std::string line = options.program;

	for (const auto &path : options.disk_paths)
		line += " --disk " + path;
	line += fmt::format(" --expect {} --expect-raw {}", to_string(options.expect.dm),
			    to_string(options.expect.raw));
	if (!options.hotplug.empty())
		line += " --hotplug " + options.hotplug;
	if (options.bad_sector)
		line += fmt::format(" --bad-sector {}", *options.bad_sector);
	if (!options.leaf.empty())
		line += " --leaf " + options.leaf;
	if (options.slow > 1)
		line += fmt::format(" --slow {}", options.slow);
	if (options.duration != settings().duration)
		line += fmt::format(" --duration {}", options.duration);
	return line + fmt::format(" --seed {} --filter '{}'", options.seed, test);
}

} // namespace dmpoll
