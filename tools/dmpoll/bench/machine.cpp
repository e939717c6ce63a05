// SPDX-License-Identifier: GPL-2.0
#include "bench/machine.hpp"

#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>

namespace dmpoll
{

namespace
{

// "model name\t: Intel(R) ..." gives what follows the colon; of the first CPU.
std::string cpuinfo_field(const std::vector<std::string> &lines, const std::string &field)
{
	for (const std::string &line : lines) {
		const std::size_t colon = line.find(':');

		if (colon != line.npos && trim(line.substr(0, colon)) == field)
			return trim(line.substr(colon + 1));
	}
	return {};
}

unsigned count_cpus(const std::vector<std::string> &lines)
{
	return static_cast<unsigned>(std::ranges::count_if(
		lines, [](const std::string &line) { return line.starts_with("processor"); }));
}

bool has_flag(const std::string &flags, const std::string &flag)
{
	return std::ranges::count(split_words(flags), flag) > 0;
}

std::string emulation_of(const machine_evidence &evidence, const std::string &cpu_model)
{
	std::vector<std::string> reasons;

	if (evidence.accel == "tcg")
		reasons.push_back("the CPU is emulated in software (QEMU TCG)");
	else if (cpu_model.find("TCG") != cpu_model.npos)
		reasons.push_back(fmt::format("the CPU is called '{}'", cpu_model));
	if (evidence.disk_model.starts_with("QEMU"))
		reasons.push_back(fmt::format("the disk is a '{}'", evidence.disk_model));
	if (evidence.told_emulated && reasons.empty())
		reasons.push_back("the caller says so");
	return fmt::format("{}", fmt::join(reasons, ", "));
}

std::string text_or_empty(const std::string &path)
{
	return trim(read_text_if_any(path).value_or(""));
}

std::string kernel_text()
{
	struct utsname name;

	check_errno(uname(&name), "uname");
	return fmt::format("{} {}", name.release, name.version);
}

std::string queue_attribute(const std::string &disk, const char *attribute)
{
	return text_or_empty(
		fmt::format("/sys/class/block/{}/queue/{}", whole_disk(disk), attribute));
}

std::string count_or_unknown(std::optional<unsigned> count)
{
	return count ? std::to_string(*count) : "unknown";
}

// Nothing as well when debugfs may not be read: the run itself needs no more than sysfs.
bool has_poll_counters(const std::string &disk)
{
	try {
		return read_poll_counters(disk).has_value();
	} catch (const std::system_error &) {
		return false;
	}
}

std::string or_none(const std::string &text)
{
	return text.empty() ? "none" : text;
}

} // namespace

machine_facts interpret(const machine_evidence &evidence)
{
	const std::vector<std::string> lines = split_lines(evidence.cpuinfo);
	const std::string model = cpuinfo_field(lines, "model name");

	return {
		.cpu_model = model.empty() ? "unknown" : model,
		.cpus = count_cpus(lines),
		.virtualised = has_flag(cpuinfo_field(lines, "flags"), "hypervisor") ||
			       !evidence.accel.empty() || evidence.vendor.starts_with("QEMU"),
		.emulation = emulation_of(evidence, model),
	};
}

machine_facts read_machine(const machine_options &options)
{
	const char *accel = std::getenv("LAB_ACCEL");
	machine_facts facts = interpret({
		.cpuinfo = read_text("/proc/cpuinfo"),
		.accel = accel ? accel : "",
		.vendor = text_or_empty("/sys/class/dmi/id/sys_vendor"),
		.disk_model = options.disk_model,
		.told_emulated = options.told_emulated,
	});

	facts.kernel = kernel_text();
	facts.governor = text_or_empty("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	return facts;
}

disk_facts read_disk(const std::string &name)
{
	const queue_limits_view queue = read_queue(name);

	return {
		.path = {},
		.name = name,
		.model = text_or_empty("/sys/class/block/" + whole_disk(name) + "/device/model"),
		.scheduler = queue.scheduler,
		.io_poll = queue.io_poll,
		.io_poll_delay = queue.io_poll_delay,
		.poll_queues =
			has_poll_counters(name) ? std::optional(queue.poll_queues) : std::nullopt,
		.iostats = queue_attribute(name, "iostats"),
		.nomerges = queue_attribute(name, "nomerges"),
	};
}

std::vector<std::string> find_warnings(const machine_facts &machine, const disk_facts &disk)
{
	std::vector<std::string> list;
	const std::string queue = "/sys/block/" + whole_disk(disk.name) + "/queue";

	if (!disk.poll_queues)
		list.push_back("no poll counters in debugfs: that dm was polled can only be told "
			       "from interrupts (mount -t debugfs none /sys/kernel/debug; kernels "
			       "from 5.19 have none)");
	else if (*disk.poll_queues == 0)
		list.push_back(disk.name + " has no poll queues, so nothing can be polled: boot "
					   "with nvme.poll_queues=1 or more");
	if (disk.poll_queues.value_or(0) > 0 && !disk.io_poll)
		list.push_back(fmt::format("polling of {} is switched off: echo 1 > {}/io_poll",
					   disk.name, queue));
	if (disk.io_poll_delay >= 0)
		list.push_back(fmt::format("hybrid polling sleeps before it polls, and is slow at "
					   "depth: echo -1 > {}/io_poll_delay",
					   queue));
	if (!disk.scheduler.empty() && disk.scheduler != "none")
		list.push_back(fmt::format("the scheduler {} costs time in every case: echo none > "
					   "{}/scheduler",
					   disk.scheduler, queue));
	if (disk.iostats == "1")
		list.push_back(fmt::format("iostats cost a little in every case, and count the "
					   "reads; to see without them: echo 0 > {}/iostats",
					   queue));
	if (!machine.governor.empty() && machine.governor != "performance")
		list.push_back(fmt::format(
			"the frequency governor {} slows down CPUs that sleep, which polling never "
			"does: echo performance | tee "
			"/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
			machine.governor));
	if (machine.emulated())
		list.push_back("emulated (" + machine.emulation +
			       "): compare cases with each other, not with hardware");
	else if (machine.virtualised)
		list.push_back("a virtual machine: interrupts cost what the hypervisor makes of "
			       "them, so the gain of polling is not that of bare hardware");
	return list;
}

std::vector<std::string> describe(const machine_facts &machine, const disk_facts &disk)
{
	return {
		fmt::format("CPU: {}, {} of them", machine.cpu_model, machine.cpus),
		fmt::format("kernel: {}", machine.kernel),
		fmt::format("emulated: {}",
			    machine.emulated() ? "yes, " + machine.emulation : "no"),
		fmt::format("virtual machine: {}", machine.virtualised ? "yes" : "no"),
		fmt::format("frequency governor: {}", or_none(machine.governor)),
		fmt::format("disk: {} ({}), {} MiB", disk.path, or_none(disk.model),
			    disk.sectors / 2048),
		fmt::format("queue of {}: poll queues {}, io_poll {}, io_poll_delay {}, "
			    "scheduler {}, iostats {}, nomerges {}",
			    disk.name, count_or_unknown(disk.poll_queues), disk.io_poll ? 1 : 0,
			    disk.io_poll_delay, or_none(disk.scheduler), or_none(disk.iostats),
			    or_none(disk.nomerges)),
	};
}

} // namespace dmpoll
