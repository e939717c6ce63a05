// SPDX-License-Identifier: GPL-2.0
#include "checks.hpp"
#include "failure.hpp"
#include "guest_check.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace lab
{

namespace
{

using nlohmann::json;

constexpr std::string_view usual_machine = "polled";

[[noreturn]] void reject(const std::string &where, const std::string &what)
{
	throw failure(std::errc::invalid_argument,
		      fmt::format("The list of checks cannot be used: {}: {}. Correct it there.",
				  where, what));
}

using fields = std::set<std::string>;

void check_fields(const json &object, const fields &known, const std::string &where)
{
	if (!object.is_object())
		reject(where, "not an object");
	for (const auto &[key, value] : object.items())
		if (!known.count(key))
			reject(where, fmt::format("unknown field '{}'", key));
}

void check_fields_of_check(const json &object, const std::string &where)
{
	static const fields known{
		"name",    "why",          "for",     "run",  "exit",           "output_has",
		"limit_s", "output_lacks", "ktap",    "list", "expect_failing", "survey",
		"env",     "kernel",       "machine", "lab",  "guest",          "tests",
		"driver",  "expect",       "leaf"};
	check_fields(object, known, where);
	for (const char *needed : {"name", "why"})
		if (!object.contains(needed))
			reject(where, fmt::format("the field '{}' is missing", needed));
	if (object.contains("run") + object.contains("guest") + object.contains("tests") != 1)
		reject(where, "wanted one of the fields 'run', 'guest' and 'tests'");
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

guest_check read_guest(const json &object)
{
	const guest_check defaults{};
	return {.kernel = object.value("kernel", defaults.kernel),
		.machine = object.value("machine", defaults.machine),
		.lab = object.value("lab", defaults.lab),
		.guest = object.value("guest", defaults.guest),
		.tests = object.value("tests", defaults.tests),
		.driver = object.value("driver", defaults.driver),
		.expect = object.value("expect", defaults.expect),
		.leaf = object.value("leaf", defaults.leaf)};
}

// A guest that hangs is ended, and says where, well before the check is.
long guest_timeout(std::chrono::seconds limit)
{
	constexpr auto margin = std::chrono::seconds(100);
	return (limit > margin ? limit - margin : limit).count();
}

// true: the guest's command lists its cases, here as there.
std::vector<std::string> read_list(const json &object)
{
	std::vector<std::string> list;
	if (!object.contains("list"))
		return list;
	if (!object["list"].is_boolean())
		return object["list"];
	if (object["list"] && object.contains("guest")) {
		list = object["guest"];
		list.emplace_back("--list");
	}
	return list;
}

check read_fields(const json &object)
{
	const check defaults{};
	return {.name = object.at("name"),
		.why = object.at("why"),
		.run = object.value("run", defaults.run),
		.exit = object.value("exit", defaults.exit),
		.output_has = object.value("output_has", defaults.output_has),
		.output_lacks = object.value("output_lacks", defaults.output_lacks),
		.limit = std::chrono::seconds(object.value("limit_s", defaults.limit.count())),
		.ktap = object.value("ktap", object.contains("tests")),
		.list = read_list(object),
		.expect_failing = object.value("expect_failing", defaults.expect_failing),
		.survey = object.value("survey", defaults.survey),
		.env = object.value("env", defaults.env)};
}

// The selftests' driver lists its own cases: those that its filters let through.
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

check read_check(const json &object, const guest_world &world, const check_view &view,
		 const std::string &where)
{
	auto c = read_fields(object);
	if (!object.contains("run")) {
		auto guest = read_guest(object);
		if (!view.machine.empty())
			guest.machine = view.machine;
		try {
			c.run = command_of(guest, world, guest_timeout(c.limit));
		} catch (const std::out_of_range &machine) {
			reject(where, fmt::format("there is no machine '{}'", machine.what()));
		}
	}
	if (c.ktap && c.list.empty())
		c.list = driver_list(c.run);
	check_values(c, where);
	return c;
}

// A check for a kernel is on that kernel, and has the fields of its "check" where it has none.
json with_defaults(const json &object, const json &root)
{
	if (!object.is_object() || !object.contains("for"))
		return object;
	const std::string kernel = object["for"];
	auto whole = root.value("kernels", json::object())
			     .value(kernel, json::object())
			     .value("check", json::object());
	whole["kernel"] = kernel;
	whole.update(object);
	return whole;
}

// The tests on the usual machine are those that make sense on each.
bool is_in(const check_view &view, const json &object)
{
	return object.value("for", "ours") == view.set &&
	       (view.machine.empty() ||
		(object.contains("tests") && object.value("machine", "") == usual_machine));
}

guest_world read_world(const json &root, const std::string &source)
{
	guest_world world;
	const auto kernels = root.value("kernels", json::object());
	const auto machines = root.value("machines", json::object());
	for (const auto &[name, object] : kernels.items()) {
		check_fields(object, {"lab", "driver", "around", "check"},
			     source + ", kernel " + name);
		const kernel_traits defaults;
		world.kernels[name] = {.lab = object.value("lab", defaults.lab),
				       .driver = object.value("driver", defaults.driver),
				       .around = object.value("around", defaults.around)};
	}
	for (const auto &[name, object] : machines.items()) {
		check_fields(object, {"lab", "disks", "expect"}, source + ", machine " + name);
		const machine_traits defaults;
		world.machines[name] = {.lab = object.value("lab", defaults.lab),
					.disks = object.value("disks", defaults.disks),
					.expect = object.value("expect", defaults.expect)};
	}
	return world;
}

std::string place_of(const json &object, const std::string &source, std::size_t index)
{
	const auto where = fmt::format("{}, check {}", source, index + 1);
	if (!object.is_object() || !object.contains("name") || !object["name"].is_string())
		return where;
	return where + fmt::format(" ({})", object["name"].get<std::string>());
}

json parse_json(std::string_view text, const std::string &source)
{
	try {
		return json::parse(text, nullptr, true, true);
	} catch (const json::exception &e) {
		reject(source, e.what());
	}
}

void reject_unknown_view(const check_view &view, const guest_world &world)
{
	if (view.machine.empty() || world.machines.count(view.machine))
		return;
	std::vector<std::string> names;
	for (const auto &[name, traits] : world.machines)
		names.push_back(name);
	throw failure(std::errc::invalid_argument,
		      fmt::format("There is no machine {}. There are: {}.", view.machine,
				  fmt::join(names, ", ")));
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

std::vector<check> parse_checks(std::string_view text, const std::string &source,
				const check_view &view)
{
	const auto root = parse_json(text, source);
	check_fields(root, {"kernels", "machines", "checks"}, source);
	if (!root.contains("checks") || !root["checks"].is_array())
		reject(source, "'checks' is not a list");
	std::vector<check> checks;
	std::set<std::string> names;
	auto where = source;
	try {
		const auto world = read_world(root, source);
		reject_unknown_view(view, world);
		for (std::size_t i = 0; i < root["checks"].size(); ++i) {
			const auto object = with_defaults(root["checks"][i], root);
			where = place_of(object, source, i);
			check_fields_of_check(object, where);
			if (!is_in(view, object))
				continue;
			checks.push_back(read_check(object, world, view, where));
			if (!names.insert(checks.back().name).second)
				reject(where,
				       fmt::format("two checks named {}", checks.back().name));
		}
	} catch (const json::exception &e) {
		reject(where, e.what());
	}
	return checks;
}

std::vector<check> load_checks(const std::string &path, const check_view &view)
{
	std::ifstream file(path);
	if (!file)
		throw failure(errno, fmt::format("The list of checks {} cannot be read: {}. Name "
						 "it with --checks, or run from the top of the "
						 "repository.",
						 path, strerror(errno)));
	std::ostringstream text;
	text << file.rdbuf();
	return parse_checks(text.str(), path, view);
}

std::set<std::string> variables_in(const check &c)
{
	static const std::regex variable("\\$\\{([^}]+)\\}");
	std::set<std::string> names;
	for (const auto &word : c.run)
		for (std::sregex_iterator at(word.begin(), word.end(), variable), end; at != end;
		     ++at)
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
