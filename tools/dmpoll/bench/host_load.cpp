// SPDX-License-Identifier: GPL-2.0
#include "bench/host_load.hpp"

#include "bench/files.hpp"

#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace dmpoll
{

namespace
{

using json = nlohmann::json;
using clock = std::chrono::steady_clock;

// More of the machine than this in others' hands shows in the times.
constexpr double quiet_share = 0.1;

cpu_seconds read_cpu_seconds()
{
	return parse_cpu_seconds(read_text("/proc/stat"), double(sysconf(_SC_CLK_TCK)));
}

double seconds_of(const timeval &time)
{
	return double(time.tv_sec) + double(time.tv_usec) / 1e6;
}

// Of this process and of the children that it has waited for.
double own_seconds()
{
	double sum = 0;

	for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
		struct rusage usage;

		check_errno(getrusage(who, &usage), "getrusage");
		sum += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	}
	return sum;
}

double elapsed_since(clock::time_point start)
{
	return std::chrono::duration<double>(clock::now() - start).count();
}

double first_number(const std::string &text)
{
	return std::strtod(text.c_str(), nullptr);
}

// As a terminal's Ctrl-C reaches the command, too, it is waited for whatever comes.
int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			throw_errno(errno, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_to_its_end(const std::vector<std::string> &command)
{
	std::vector<char *> argv;
	pid_t pid;

	for (const std::string &word : command)
		argv.push_back(const_cast<char *>(word.c_str()));
	argv.push_back(nullptr);
	if (const int err = posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ))
		throw_errno(err, "cannot run " + command.at(0));
	std::signal(SIGINT, SIG_IGN);
	return wait_for(pid);
}

} // namespace

bool host_load::is_quiet() const
{
	return others + steal <= quiet_share * cpus;
}

cpu_seconds parse_cpu_seconds(const std::string &stat, double ticks)
{
	cpu_seconds sum;

	for (const std::string &line : split_lines(stat)) {
		const std::vector<std::string> words = split_words(line);

		if (words.empty() || !words[0].starts_with("cpu"))
			continue;
		if (words[0] != "cpu") {
			sum.cpus++;
			continue;
		}
		for (const std::size_t at : {1, 2, 3}) // user, nice, system
			sum.busy += words.size() > at ? first_number(words[at]) / ticks : 0;
		sum.steal = words.size() > 8 ? first_number(words[8]) / ticks : 0;
	}
	return sum;
}

std::optional<double> parse_pressure(const std::string &text)
{
	for (const std::string &line : split_lines(text))
		for (const std::string &word : split_words(line))
			if (line.starts_with("some ") && word.starts_with("avg10="))
				return first_number(word.substr(6));
	return std::nullopt;
}

load_watch::load_watch()
{
	const cpu_seconds first = read_cpu_seconds();
	const clock::time_point from = clock::now();

	load_.load_average = first_number(read_text_if_any("/proc/loadavg").value_or("0"));
	load_.pressure = parse_pressure(read_text_if_any("/proc/pressure/cpu").value_or(""));
	std::this_thread::sleep_for(std::chrono::seconds(1));
	start_ = read_cpu_seconds();
	load_.cpus = start_.cpus;
	load_.busy_before =
		(start_.busy + start_.steal - first.busy - first.steal) / elapsed_since(from);
	own_ = own_seconds();
	started_ = clock::now();
}

host_load load_watch::finish() const
{
	const cpu_seconds now = read_cpu_seconds();
	const double elapsed = elapsed_since(started_);
	host_load load = load_;

	load.others = std::max(0.0, (now.busy - start_.busy - (own_seconds() - own_)) / elapsed);
	load.steal = (now.steal - start_.steal) / elapsed;
	return load;
}

std::string load_text(const host_load &load)
{
	std::string text = fmt::format("load average {:.2f}, {:.1f} of {} CPUs in use",
				       load.load_average, load.busy_before, load.cpus);

	if (load.pressure)
		text += fmt::format(", tasks waited for a CPU {:.0f} % of ten seconds",
				    *load.pressure);
	return text;
}

std::string distrust_text(const host_load &load)
{
	if (load.is_quiet())
		return "";
	std::string who =
		fmt::format("other programs used {:.1f} of the {} CPUs", load.others, load.cpus);

	if (load.steal > load.others)
		who = fmt::format("the hypervisor gave {:.1f} of the {} CPUs to others", load.steal,
				  load.cpus);
	return fmt::format("Do not trust these times: {} while they were measured. Measure again "
			   "when the machine is idle.",
			   who);
}

std::string to_json_text(const host_load &load)
{
	const json out = {
		{"cpus", load.cpus},
		{"load_average", load.load_average},
		{"pressure", load.pressure ? json(*load.pressure) : json(nullptr)},
		{"busy_before", load.busy_before},
		{"others", load.others},
		{"steal", load.steal},
		{"quiet", load.is_quiet()},
	};

	return out.dump(1, '\t') + "\n";
}

host_load host_load_from_json(const std::string &text)
{
	const json in = json::parse(text);
	const json &pressure = in.at("pressure");

	return {
		.cpus = in.at("cpus").get<unsigned>(),
		.load_average = in.at("load_average").get<double>(),
		.pressure =
			pressure.is_null() ? std::nullopt : std::optional(pressure.get<double>()),
		.busy_before = in.at("busy_before").get<double>(),
		.others = in.at("others").get<double>(),
		.steal = in.at("steal").get<double>(),
	};
}

std::optional<host_load> load_host_load(const std::filesystem::path &directory)
{
	const auto text = read_text_if_any((directory / host_load_name).string());

	return text ? std::optional(host_load_from_json(*text)) : std::nullopt;
}

int run_watch(const watch_options &options)
{
	const load_watch watch;

	make_directory(options.out);
	fmt::print(stderr, "this machine before: {}\n", load_text(watch.before()));
	const int status = run_to_its_end(options.command);
	const host_load load = watch.finish();

	write_file(options.out / host_load_name, to_json_text(load));
	if (const std::string why = distrust_text(load); !why.empty())
		fmt::print(stderr, "{}\n", why);
	return status;
}

} // namespace dmpoll
