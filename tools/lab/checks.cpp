// SPDX-License-Identifier: GPL-2.0
#include "checks.hpp"
#include "failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lab
{

namespace
{

using nlohmann::json;

[[noreturn]] void reject(const std::string &where, const std::string &what)
{
	throw failure(std::errc::invalid_argument,
		      fmt::format("The list of checks cannot be used: {}: {}. Correct it there.",
				  where, what));
}

void check_fields(const json &object, const std::string &where)
{
	static const std::set<std::string> known{
		"name",    "why",  "run",  "exit",           "output_has", "output_lacks",
		"limit_s", "ktap", "list", "expect_failing", "survey",     "env"};
	for (const auto &[key, value] : object.items())
		if (!known.count(key))
			reject(where, fmt::format("unknown field '{}'", key));
	for (const char *needed : {"name", "why", "run"})
		if (!object.contains(needed))
			reject(where, fmt::format("the field '{}' is missing", needed));
}

void check_regexes(const std::vector<std::string> &regexes, const std::string &where)
{
	for (const auto &text : regexes) {
		try {
			const std::regex compiled(text);
		} catch (const std::regex_error &e) {
			reject(where, fmt::format("bad regex '{}': {}", text, e.what()));
		}
	}
}

check read_fields(const json &object)
{
	const check defaults{};
	return {.name = object.at("name"),
		.why = object.at("why"),
		.run = object.at("run"),
		.exit = object.value("exit", defaults.exit),
		.output_has = object.value("output_has", defaults.output_has),
		.output_lacks = object.value("output_lacks", defaults.output_lacks),
		.limit = std::chrono::seconds(object.value("limit_s", defaults.limit.count())),
		.ktap = object.value("ktap", defaults.ktap),
		.list = object.value("list", defaults.list),
		.expect_failing = object.value("expect_failing", defaults.expect_failing),
		.survey = object.value("survey", defaults.survey),
		.env = object.value("env", defaults.env)};
}

/* The selftests' driver lists its own cases: those that its filters let through. */
std::vector<std::string> driver_list(const std::vector<std::string> &run)
{
	const auto driver = std::find(run.begin(), run.end(), "${selftests}/dm_iopoll");
	if (driver == run.end())
		return {};
	std::vector<std::string> list{*driver, "--list"};
	for (auto at = driver + 1; at != run.end(); ++at)
		if (*(at - 1) == "-f")
			list.insert(list.end(), {"-f", *at});
	return list;
}

void check_values(const check &c, const std::string &where)
{
	if (c.name.empty() || c.name.find_first_of("/*?[ ") != std::string::npos)
		reject(where, "a name is a dotted phrase without '/', '*', '?', '[' or spaces");
	if (c.run.empty())
		reject(where, "'run' is empty");
	if (c.limit.count() <= 0)
		reject(where, "'limit_s' must be above 0");
	if (c.survey && c.list.empty())
		reject(where, "'survey' needs 'list'");
	if (!c.ktap && (!c.list.empty() || !c.expect_failing.empty()))
		reject(where, "'list' and 'expect_failing' need 'ktap': true");
	check_regexes(c.output_has, where);
	check_regexes(c.output_lacks, where);
}

check read_check(const json &object, const std::string &source, std::size_t index)
{
	auto where = fmt::format("{}, check {}", source, index + 1);
	if (!object.is_object())
		reject(where, "not an object");
	if (object.contains("name") && object["name"].is_string())
		where += fmt::format(" ({})", object["name"].get<std::string>());
	check_fields(object, where);
	try {
		auto c = read_fields(object);
		if (c.ktap && c.list.empty())
			c.list = driver_list(c.run);
		check_values(c, where);
		return c;
	} catch (const json::exception &e) {
		reject(where, e.what());
	}
}

std::string expand_text(std::string text, const variables &values, const std::string &check_name)
{
	for (auto at = text.find("${"); at != text.npos; at = text.find("${", at)) {
		const auto end = text.find('}', at);
		const auto name = text.substr(at + 2, end - at - 2);
		const auto found = values.find(name);
		if (end == text.npos || found == values.end())
			throw failure(std::errc::invalid_argument,
				      fmt::format("The check {} needs the variable '{}', which has "
						  "no value. Give one with --var {}=VALUE.",
						  check_name, name, name));
		text.replace(at, end - at + 1, found->second);
		at += found->second.size();
	}
	return text;
}

} // namespace

std::vector<check> parse_checks(std::string_view text, const std::string &source)
{
	const auto list = [&] {
		try {
			return json::parse(text, nullptr, true, true);
		} catch (const json::exception &e) {
			reject(source, e.what());
		}
	}();
	if (!list.is_array())
		reject(source, "not a list");
	std::vector<check> checks;
	std::set<std::string> names;
	for (std::size_t i = 0; i < list.size(); ++i) {
		checks.push_back(read_check(list[i], source, i));
		if (!names.insert(checks.back().name).second)
			reject(source, fmt::format("two checks named {}", checks.back().name));
	}
	return checks;
}

std::vector<check> load_checks(const std::string &path)
{
	std::ifstream file(path);
	if (!file)
		throw failure(errno, fmt::format("The list of checks {} cannot be read: {}. Name "
						 "it with --checks, or run from the top of the "
						 "repository.",
						 path, strerror(errno)));
	std::ostringstream text;
	text << file.rdbuf();
	return parse_checks(text.str(), path);
}

std::set<std::string> variables_in(const check &c)
{
	static const std::regex variable("\\$\\{([^}]+)\\}");
	std::set<std::string> names;
	for (const auto &word : c.run)
		for (std::sregex_iterator at(word.begin(), word.end(), variable), end; at != end; ++at)
			names.insert((*at)[1]);
	return names;
}

check expand(check c, const variables &values)
{
	for (auto *list : {&c.run, &c.list})
		for (auto &word : *list)
			word = expand_text(word, values, c.name);
	for (auto &[name, value] : c.env)
		value = expand_text(value, values, c.name);
	return c;
}

} // namespace lab
