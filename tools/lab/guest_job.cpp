// SPDX-License-Identifier: GPL-2.0
#include "guest_job.hpp"

#include <system_error>

namespace lab
{

namespace
{

void add_record(std::string &to, std::string_view key, std::string_view value)
{
	to.append(key).append("=").append(value);
	to.push_back('\0');
}

unsigned number(std::string_view text)
{
	return static_cast<unsigned>(std::stoul(std::string(text)));
}

void take_record(guest_job &job, std::string_view key, std::string_view value)
{
	if (key == "arg")
		job.argv.emplace_back(value);
	else if (key == "env")
		job.env.emplace_back(value);
	else if (key == "keep")
		job.keep.emplace_back(value);
	else if (key == "cwd")
		job.cwd = value;
	else if (key == "disks")
		job.disks = number(value);
	else if (key == "rows")
		job.rows = number(value);
	else if (key == "columns")
		job.columns = number(value);
	else if (key == "out")
		job.out = value == "1";
	else if (key == "terminal")
		job.terminal = value == "1";
	else
		throw std::system_error(std::make_error_code(std::errc::bad_message),
					"job record " + std::string(key));
}

} // namespace

std::string encode_job(const guest_job &job)
{
	std::string text;
	for (const auto &arg : job.argv)
		add_record(text, "arg", arg);
	for (const auto &variable : job.env)
		add_record(text, "env", variable);
	for (const auto &path : job.keep)
		add_record(text, "keep", path);
	add_record(text, "cwd", job.cwd);
	add_record(text, "disks", std::to_string(job.disks));
	add_record(text, "rows", std::to_string(job.rows));
	add_record(text, "columns", std::to_string(job.columns));
	add_record(text, "out", job.out ? "1" : "0");
	add_record(text, "terminal", job.terminal ? "1" : "0");
	text.push_back('\0');
	return text;
}

guest_job decode_job(std::string_view text)
{
	guest_job job;
	while (!text.empty() && text.front() != '\0') {
		const auto end = text.find('\0');
		const auto record = text.substr(0, end);
		const auto equals = record.find('=');
		if (end == text.npos || equals == text.npos)
			throw std::system_error(std::make_error_code(std::errc::bad_message),
						"job record cut short");
		take_record(job, record.substr(0, equals), record.substr(equals + 1));
		text.remove_prefix(end + 1);
	}
	return job;
}

} // namespace lab
