// SPDX-License-Identifier: GPL-2.0
#include "accel.hpp"
#include "guest.hpp"
#include "scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace lab
{

namespace fs = std::filesystem;

namespace
{

constexpr auto probe_limit = std::chrono::seconds(10);
constexpr const char *kvm_device = "/dev/kvm";

std::string read_file(const fs::path &path)
{
	std::ostringstream text;
	text << std::ifstream(path).rdbuf();
	return text.str();
}

std::string boot_id()
{
	auto id = read_file("/proc/sys/kernel/random/boot_id");
	while (!id.empty() && id.back() == '\n')
		id.pop_back();
	return id;
}

std::optional<fs::path> cache_file()
{
	const char *cache = std::getenv("XDG_CACHE_HOME");
	const char *home = std::getenv("HOME");
	if (cache && *cache)
		return fs::path(cache) / "dm-iopoll" / "accel";
	if (home && *home)
		return fs::path(home) / ".cache" / "dm-iopoll" / "accel";
	return std::nullopt;
}

// A cache that cannot be written costs time, nothing else.
void remember(const accel_verdict &verdict)
{
	std::error_code ignored;
	if (const auto file = cache_file()) {
		fs::create_directories(file->parent_path(), ignored);
		std::ofstream(*file) << encode_verdict(verdict, boot_id());
	}
}

std::optional<accel_verdict> recall()
{
	const auto file = cache_file();
	return file ? decode_verdict(read_file(*file), boot_id()) : std::nullopt;
}

std::string describe_failure(const guest_outcome &outcome)
{
	auto errors = outcome.qemu_errors.substr(0, outcome.qemu_errors.find('\n'));
	if (outcome.limit)
		return fmt::format("a trial guest was still not up after {} s",
				   probe_limit.count());
	return "a trial guest did not run: " + (errors.empty() ? "QEMU ended early" : errors);
}

// A trial whose kernel came to speak may have failed by that kernel's fault: not `certain`.
struct trial {
	accel_verdict verdict;
	bool certain = true;
};

trial boot_trial_guest(const probe_tools &tools)
{
	const scratch_dir scratch;
	guest_options options;
	options.shape = {.qemu = tools.qemu,
			 .kernel = tools.kernel,
			 .initrd = tools.initrd,
			 .init = tools.init,
			 .accel = accelerator::kvm,
			 .cpus = 2,
			 .memory_mib = 256};
	options.job.argv = {"true"};
	options.job.env = {"PATH=/usr/bin:/bin"};
	options.console_file = scratch.path() / "console";
	options.silence = options.total = probe_limit;
	options.dump = false;
	const auto outcome = run_guest(std::move(options));
	if (outcome.interrupted)
		throw std::system_error(std::make_error_code(std::errc::interrupted), "KVM trial");
	if (outcome.exit_code == 0)
		return {.verdict = {.accel = accelerator::kvm,
				    .reason = "a trial guest ran under KVM"}};
	return {.verdict = {.accel = accelerator::tcg, .reason = describe_failure(outcome)},
		.certain = outcome.console.tail().empty()};
}

} // namespace

std::string encode_verdict(const accel_verdict &verdict, std::string_view boot_id)
{
	return fmt::format("{}\n{}\n{}\n", boot_id, name_of(verdict.accel), verdict.reason);
}

std::optional<accel_verdict> decode_verdict(std::string_view text, std::string_view boot_id)
{
	std::istringstream lines{std::string(text)};
	std::string id, accel, reason;
	if (!std::getline(lines, id) || !std::getline(lines, accel) ||
	    !std::getline(lines, reason) || id != boot_id)
		return std::nullopt;
	if (accel != name_of(accelerator::kvm) && accel != name_of(accelerator::tcg))
		return std::nullopt;
	return accel_verdict{.accel = accel == name_of(accelerator::kvm) ? accelerator::kvm
									 : accelerator::tcg,
			     .reason = reason,
			     .cached = true};
}

void forget_accelerator()
{
	std::error_code ignored;
	if (const auto file = cache_file())
		fs::remove(*file, ignored);
}

accel_verdict choose_accelerator(const probe_tools &tools)
{
	// Never cached: a module may be loaded, or a group joined, at any time.
	if (access(kvm_device, R_OK | W_OK) != 0)
		return {.accel = accelerator::tcg,
			.reason = fmt::format("{}: {}", kvm_device, strerror(errno))};
	if (const auto known = recall())
		return *known;
	const auto [verdict, certain] = boot_trial_guest(tools);
	if (certain)
		remember(verdict);
	return verdict;
}

std::string emulation_warning(const accel_verdict &verdict)
{
	if (verdict.accel == accelerator::kvm)
		return {};
	return fmt::format("lab: WARNING: no KVM ({}{}): the guest is EMULATED (TCG), so its "
			   "numbers are slow and not a machine's; test results are still valid.",
			   verdict.reason, verdict.cached ? "; found earlier since this boot" : "");
}

} // namespace lab
