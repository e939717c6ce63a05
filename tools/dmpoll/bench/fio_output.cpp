// SPDX-License-Identifier: GPL-2.0
#include "bench/fio_output.hpp"

#include <nlohmann/json.hpp>

#include <cstring>
#include <stdexcept>

namespace dmpoll
{

namespace
{

using nlohmann::json;

// fio may print notes of its own before the document.
json parse_document(const std::string &text)
{
	const std::size_t start = text.starts_with('{') ? 0 : text.find("\n{");

	if (start == std::string::npos)
		throw std::runtime_error("fio printed no JSON, but '" + text.substr(0, 200) + "'");
	try {
		return json::parse(text.begin() + start, text.end());
	} catch (const json::exception &error) {
		throw std::runtime_error(std::string("fio's JSON is damaged: ") + error.what());
	}
}

const json &only_job(const json &document)
{
	const json &jobs = document.at("jobs");

	if (jobs.size() != 1)
		throw std::runtime_error("fio reported " + std::to_string(jobs.size()) +
					 " groups, wanted 1");
	return jobs.at(0);
}

void throw_if_failed(const json &job)
{
	const int error = job.at("error").get<int>();

	if (error)
		throw std::runtime_error("fio reported error " + std::to_string(error) + " (" +
					 std::strerror(error) + ")");
}

std::optional<double> percentile(const json &latency, const char *name)
{
	const auto list = latency.find("percentile");

	if (list == latency.end() || !list->contains(name))
		return std::nullopt;
	return list->at(name).get<double>();
}

fio_result result_of(const json &document)
{
	const json &job = only_job(document);

	throw_if_failed(job);
	const json &read = job.at("read");
	const json &clat = read.at("clat_ns");

	return {
		.version = document.value("fio version", "unknown"),
		.iops = read.at("iops").get<double>(),
		.bandwidth = read.at("bw_bytes").get<double>(),
		.ios = read.at("total_ios").get<std::uint64_t>(),
		.lat_mean = read.at("lat_ns").at("mean").get<double>(),
		.lat_p50 = percentile(clat, "50.000000"),
		.lat_p99 = percentile(clat, "99.000000"),
		.lat_p99_9 = percentile(clat, "99.900000"),
		.usr_cpu = job.at("usr_cpu").get<double>(),
		.sys_cpu = job.at("sys_cpu").get<double>(),
	};
}

} // namespace

fio_result parse_fio_output(const std::string &text)
{
	const json document = parse_document(text);
	fio_result result;

	try {
		result = result_of(document);
	} catch (const json::exception &error) {
		throw std::runtime_error(std::string("fio's JSON lacks something: ") +
					 error.what());
	}
	if (result.ios == 0)
		throw std::runtime_error("fio finished, but not one read was completed");
	return result;
}

} // namespace dmpoll
