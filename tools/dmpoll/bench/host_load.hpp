// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

// What a machine did beside a measurement. CPUs are counted in CPUs: 1.5 is one and a half.
struct host_load {
	unsigned cpus = 0;
	double load_average = 0; // of one minute, before
	std::optional<double>
		pressure{};     // before: per cent of ten seconds that a task waited for a CPU
	double busy_before = 0; // CPUs in use before, by whomever
	double others = 0;      // CPUs that others used meanwhile
	double steal = 0;       // CPUs that a hypervisor gave to others meanwhile

	// Others, and the hypervisor, left nearly all of the machine to us.
	bool is_quiet() const;
};

// Seconds of CPU time since the boot, of all CPUs together.
struct cpu_seconds {
	double busy = 0; // in user space and in system calls; interrupts are left out, as those of
			 // the disk are ours
	double steal = 0;
	unsigned cpus = 0;
};

// From the text of /proc/stat; @ticks are those of a second.
cpu_seconds parse_cpu_seconds(const std::string &stat, double ticks);

// The ten seconds of the line "some" in the text of /proc/pressure/cpu.
std::optional<double> parse_pressure(const std::string &text);

// Notes the load before, in a second of waiting, and then what is used meanwhile.
class load_watch
{
public:
	// Whoever is to be measured must not have begun.
	load_watch();

	const host_load &before() const { return load_; }

	// Up to now; children count as ours once they were waited for.
	host_load finish() const;

private:
	host_load load_{};
	cpu_seconds start_{};
	double own_ = 0;
	std::chrono::steady_clock::time_point started_{};
};

// "load average 2.1, 1.9 of 2 CPUs in use, tasks waited for a CPU 40 % of the time"
std::string load_text(const host_load &load);

// Nothing when the times can be trusted; else why not, and what to do.
std::string distrust_text(const host_load &load);

// In a bench's directory: how the host of the guest was meanwhile, whose own view the guest lacks.
inline constexpr const char *host_load_name = "host.json";

std::string to_json_text(const host_load &load);
host_load host_load_from_json(const std::string &text);
std::optional<host_load> load_host_load(const std::filesystem::path &directory);

struct watch_options {
	std::filesystem::path out{};
	std::vector<std::string> command{};
};

// Runs the command, writes host_load_name; returns the command's exit status.
int run_watch(const watch_options &options);

} // namespace dmpoll
