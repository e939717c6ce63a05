// SPDX-License-Identifier: GPL-2.0
#include "accel.hpp"
#include "cli.hpp"
#include "failure.hpp"
#include "host.hpp"

#include <cstdio>
#include <exception>
#include <system_error>
#include <variant>

#include <fmt/format.h>

namespace
{

using namespace lab;

int perform(const parse_end &end)
{
	fmt::print(end.code == 0 ? stdout : stderr, "{}", end.text);
	return end.code;
}

int perform(const run_options &options)
{
	return static_cast<int>(run(options));
}

int perform(const check_options &options)
{
	return static_cast<int>(run_checks(options));
}

int perform(const comparison_options &options)
{
	return static_cast<int>(compare(options));
}

int perform(const accel_options &options)
{
	check_kernel(options.kernel);
	if (options.again)
		forget_accelerator();
	const auto verdict = choose_accelerator({.qemu = require_qemu(),
						 .init = require_init(),
						 .kernel = options.kernel,
						 .initrd = initrd_of(options.kernel)});
	fmt::print("{}: {}{}\n", name_of(verdict.accel), verdict.reason,
		   verdict.cached ? " (found earlier since this boot)" : "");
	return 0;
}

} // namespace

int main(int argc, char **argv)
{
	try {
		return std::visit([](const auto &command) { return perform(command); },
				  parse_command_line(argc, argv));
	} catch (const std::system_error &e) {
		fmt::print(stderr, "lab: {}\n", e.what());
		return static_cast<int>(e.code() == std::errc::interrupted ? verdict::interrupted
									   : verdict::usage);
	} catch (const std::exception &e) {
		fmt::print(stderr, "lab: {}\n", e.what());
		return static_cast<int>(verdict::usage);
	}
}
