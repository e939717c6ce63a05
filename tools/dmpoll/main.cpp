// SPDX-License-Identifier: GPL-2.0
#include "bench/host_load.hpp"
#include "bench/sweep.hpp"
#include "check/check.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "prove/prove.hpp"
#include "report/report.hpp"
#include "stop_signals.hpp"
#include "terminal.hpp"

#include "lib/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

using namespace dmpoll;

namespace
{

exit_code code_of(polling verdict)
{
	switch (verdict) {
	case polling::yes:
		return exit_code::polled;
	case polling::no:
		return exit_code::not_polled;
	case polling::unknown:
		break;
	}
	return exit_code::cannot_tell;
}

exit_code code_of(const report &r)
{
	return r.has_failures() ? exit_code::not_polled : code_of(r.judged.result);
}

exit_code print_outcome(const report &r, std::FILE *to)
{
	fmt::print(to, "{}\n", plain_verdict(r));
	fmt::print(to, "dm/poll: {}. {}\n", verdict_text(r.judged), r.judged.reason);
	for (const comparison &c : r.ratios)
		if (c.ratio)
			fmt::print(to, "IOPS of {} over {}: {:.2f} (min {:.2f}, max {:.2f})\n",
				   name_of(c.over), name_of(c.under), c.ratio->median, c.ratio->min,
				   c.ratio->max);
	return code_of(r);
}

struct outputs {
	std::FILE *progress = stdout;
	bool files = true; // report and plots
	bool json = false;
};

exit_code report_on_sweep(const std::filesystem::path &directory, const outputs &out)
{
	const std::vector<report> reports = load_sweep(directory);
	exit_code worst = exit_code::polled;

	for (const report &r : reports)
		worst = std::max(worst, code_of(r));
	fmt::print(out.progress, "{}", sweep_markdown(reports));
	if (out.files)
		write_sweep(reports, directory);
	if (out.json)
		fmt::print("{}", sweep_json(reports));
	return worst;
}

exit_code report_on(const std::filesystem::path &directory, const outputs &out)
{
	if (is_sweep(directory))
		return report_on_sweep(directory, out);
	const report r = make_report(load_measurements(directory));
	const exit_code code = print_outcome(r, out.progress);

	if (out.files) {
		write_report(r, directory);
		fmt::print(out.progress, "wrote {}\n", (directory / "report.md").string());
	}
	if (out.json)
		fmt::print("{}", json_text(r));
	return code;
}

exit_code run(const check_command &command)
{
	const check_result result = check(command.argument, running_machine());

	fmt::print("{}", command.json ? check_json(result)
				      : check_text(result, {.colours = stdout_takes_colours()}));
	return result.dangers.empty() ? code_of(result.verdict()) : exit_code::dangerous;
}

exit_code run(const prove_command &command)
{
	const prove_result result = prove(command.options);

	fmt::print("{}", command.json ? prove_json(result)
				      : prove_text(result, {.colours = stdout_takes_colours()}));
	return code_of(result.verdict());
}

exit_code run(const bench_command &command)
{
	const auto points = sweep_points(command.iodepths, command.jobs);
	bench_options options = command.options;

	options.disk = path_of_name(options.disk);
	block_watched_signals();
	options.progress = command.json ? stderr : stdout;
	if (points.size() > 1) {
		run_sweep(options, points);
	} else {
		options.job.iodepth = points.front().iodepth;
		options.job.jobs = points.front().jobs;
		run_bench(options);
	}
	if (options.dry_run)
		return exit_code::polled;
	return report_on(
		options.out,
		{.progress = options.progress, .files = !command.no_report, .json = command.json});
}

exit_code run(const report_command &command)
{
	block_watched_signals();
	return report_on(command.directory, {});
}

exit_code run(const watch_options &options)
{
	return static_cast<exit_code>(run_watch(options));
}

exit_code run(const top_options &options)
{
	run_top(options);
	return exit_code::polled;
}

exit_code run(int status)
{
	return static_cast<exit_code>(status);
}

// A full disk must not pass for an answer.
void check_output()
{
	if (std::fflush(stdout) || std::ferror(stdout))
		throw_errno(errno, "cannot write the output");
}

} // namespace

int main(int argc, char **argv)
{
	try {
		const exit_code code = std::visit([](const auto &command) { return run(command); },
						  parse_command_line(argc, argv));

		check_output();
		return static_cast<int>(code);
	} catch (const stopped &stop) {
		fmt::print(stderr, "dmpoll: {}\n", stop.what());
		return 128 + stop.signal_number();
	} catch (const std::exception &error) {
		fmt::print(stderr, "dmpoll: {}\n", error.what());
		return static_cast<int>(exit_code::cannot_tell);
	}
}
