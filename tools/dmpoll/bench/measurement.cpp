// SPDX-License-Identifier: GPL-2.0
#include "bench/measurement.hpp"

#include "lib/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace dmpoll
{

using json = nlohmann::json;

namespace
{

constexpr const char *format_name = "dmpoll-measurements";
constexpr int format_version = 1;

template <typename T> json or_null(const std::optional<T> &value)
{
	return value ? json(*value) : json(nullptr);
}

template <typename T> std::optional<T> optional_at(const json &object, const char *key)
{
	const json &value = object.at(key);

	return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

} // namespace

// With defaults: the governor is missing in what older versions wrote.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(machine_facts, cpu_model, cpus, kernel, virtualised,
						emulation, governor)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(dm_facts, path, name, table, io_poll)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(poll_counters, considered, invoked, success)

static void to_json(json &out, const disk_facts &disk)
{
	out = {
		{"path", disk.path},
		{"name", disk.name},
		{"model", disk.model},
		{"sectors", disk.sectors},
		{"scheduler", disk.scheduler},
		{"io_poll", disk.io_poll},
		{"io_poll_delay", disk.io_poll_delay},
		{"poll_queues", or_null(disk.poll_queues)},
		{"iostats", disk.iostats},
		{"nomerges", disk.nomerges},
	};
}

static void from_json(const json &in, disk_facts &disk)
{
	disk = {
		.path = in.at("path").get<std::string>(),
		.name = in.at("name").get<std::string>(),
		.model = in.at("model").get<std::string>(),
		.sectors = in.at("sectors").get<std::uint64_t>(),
		.scheduler = in.at("scheduler").get<std::string>(),
		.io_poll = in.at("io_poll").get<bool>(),
		.io_poll_delay = in.at("io_poll_delay").get<long>(),
		.poll_queues = optional_at<unsigned>(in, "poll_queues"),
		.iostats = in.at("iostats").get<std::string>(),
		.nomerges = in.at("nomerges").get<std::string>(),
	};
}

static void to_json(json &out, const job_settings &job)
{
	out = {
		{"iodepth", job.iodepth},
		{"jobs", job.jobs},
		{"block_size", job.block_size},
		{"size", job.size},
		{"runtime_ms", job.runtime.count()},
		{"ramp_ms", job.ramp.count()},
	};
}

static void from_json(const json &in, job_settings &job)
{
	job = {
		.iodepth = in.at("iodepth").get<unsigned>(),
		.jobs = in.at("jobs").get<unsigned>(),
		.block_size = in.at("block_size").get<std::string>(),
		.size = in.at("size").get<std::string>(),
		.runtime = std::chrono::milliseconds(in.at("runtime_ms").get<long>()),
		.ramp = std::chrono::milliseconds(in.at("ramp_ms").get<long>()),
	};
}

static void to_json(json &out, const fio_result &fio)
{
	out = {
		{"version", fio.version},
		{"iops", fio.iops},
		{"bw_bytes", fio.bandwidth},
		{"ios", fio.ios},
		{"lat_mean_ns", fio.lat_mean},
		{"lat_p50_ns", or_null(fio.lat_p50)},
		{"lat_p99_ns", or_null(fio.lat_p99)},
		{"lat_p99_9_ns", or_null(fio.lat_p99_9)},
		{"usr_cpu", fio.usr_cpu},
		{"sys_cpu", fio.sys_cpu},
	};
}

static void from_json(const json &in, fio_result &fio)
{
	fio = {
		.version = in.at("version").get<std::string>(),
		.iops = in.at("iops").get<double>(),
		.bandwidth = in.at("bw_bytes").get<double>(),
		.ios = in.at("ios").get<std::uint64_t>(),
		.lat_mean = in.at("lat_mean_ns").get<double>(),
		.lat_p50 = optional_at<double>(in, "lat_p50_ns"),
		.lat_p99 = optional_at<double>(in, "lat_p99_ns"),
		.lat_p99_9 = optional_at<double>(in, "lat_p99_9_ns"),
		.usr_cpu = in.at("usr_cpu").get<double>(),
		.sys_cpu = in.at("sys_cpu").get<double>(),
	};
}

static void to_json(json &out, const run_record &run)
{
	out = {
		{"case", name_of(run.what)},
		{"repeat", run.repeat},
		{"failure", run.failure},
		{"fio", run.ok() ? json(run.fio) : json(nullptr)},
		{"interrupts", or_null(run.interrupts)},
		{"polls", or_null(run.polls)},
		{"disk_reads", run.disk_reads},
	};
}

static void from_json(const json &in, run_record &run)
{
	run = {
		.what = case_named(in.at("case").get<std::string>()),
		.repeat = in.at("repeat").get<unsigned>(),
		.failure = in.at("failure").get<std::string>(),
		.interrupts = optional_at<std::uint64_t>(in, "interrupts"),
		.polls = optional_at<poll_counters>(in, "polls"),
		.disk_reads = in.at("disk_reads").get<std::uint64_t>(),
	};
	if (run.ok())
		run.fio = in.at("fio").get<fio_result>();
}

static void from_json(const json &in, measurements &m)
{
	m = {
		.machine = in.at("machine").get<machine_facts>(),
		.disk = in.at("disk").get<disk_facts>(),
		.dm = in.at("dm").get<dm_facts>(),
		.job = in.at("job").get<job_settings>(),
		.repeats = in.at("repeats").get<unsigned>(),
		.commands = in.at("commands").get<std::map<std::string, std::string>>(),
		.warnings = in.at("warnings").get<std::vector<std::string>>(),
		.runs = in.at("runs").get<std::vector<run_record>>(),
	};
	if (in.contains("load") && !in.at("load").is_null())
		m.load = host_load_from_json(in.at("load").dump());
}

std::string to_json_text(const measurements &m)
{
	const json out = {
		{"format", format_name},
		{"version", format_version},
		{"machine", m.machine},
		{"disk", m.disk},
		{"dm", m.dm},
		{"job", m.job},
		{"repeats", m.repeats},
		{"commands", m.commands},
		{"warnings", m.warnings},
		{"runs", m.runs},
		{"load", m.load ? json::parse(to_json_text(*m.load)) : json(nullptr)},
	};

	return out.dump(1, '\t') + "\n";
}

measurements measurements_from_json(const std::string &text)
{
	try {
		const json in = json::parse(text);

		if (in.at("format") != format_name || in.at("version") != format_version)
			throw std::runtime_error(fmt::format(
				"wanted format {} version {}, got {} version {}", format_name,
				format_version, in.at("format").dump(), in.at("version").dump()));
		return in.get<measurements>();
	} catch (const json::exception &error) {
		throw std::runtime_error(std::string("not what dmpoll bench writes: ") +
					 error.what());
	}
}

measurements load_measurements(const std::filesystem::path &directory)
{
	const std::filesystem::path file = directory / measurements_name;

	if (!std::filesystem::exists(file))
		throw std::runtime_error(fmt::format("{} does not exist: make it with 'dmpoll "
						     "bench --disk DEV --out {}' first",
						     file.string(), directory.string()));
	try {
		measurements m = measurements_from_json(read_text(file));

		if (const auto host = load_host_load(directory))
			m.load = host;
		return m;
	} catch (const std::exception &error) {
		throw std::runtime_error(
			fmt::format("{} cannot be used: {}", file.string(), error.what()));
	}
}

} // namespace dmpoll
