// SPDX-License-Identifier: GPL-2.0
#include "prove/prove.hpp"

#include "check/refusal.hpp"
#include "prove/proof_io.hpp"

#include "lib/error.hpp"
#include "lib/fd.hpp"
#include "lib/isolate.hpp"
#include "lib/shared_memory.hpp"
#include "lib/stage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

// Every batch may last as long as its reads do, and what stalls 30 s: the NVMe driver's timeout.
constexpr auto longest = 60s;

void refuse_suspended(const check_result &expected)
{
	for (const auto &[name, node] : expected.stack.nodes)
		if (node.dm && node.dm->suspended)
			throw_errno(EBUSY,
				    fmt::format("{} ({}) is suspended, so reads of {} would wait; "
						"resume it first: dmsetup resume {}",
						name, node.dm->name, expected.asked.argument,
						node.dm->name));
}

unique_fd open_for_reading(const std::string &path)
{
	unique_fd fd(::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));

	if (!fd && (errno == EACCES || errno == EPERM))
		throw_errno(errno, fmt::format("may not read {}; {}", path,
					       why_not_readable(look_for_refusals())));
	if (!fd && errno == EINVAL)
		throw_errno(errno, fmt::format("{} allows no direct IO, and only that is polled; "
					       "name a file on ext4 or xfs, or a block device",
					       path));
	check_errno(fd.get(), "cannot read " + path);
	return fd;
}

std::uint64_t size_of(const unique_fd &fd, const subject &asked)
{
	struct stat status;
	std::uint64_t size = 0;

	check_errno(::fstat(fd.get(), &status), "size of " + asked.argument);
	if (S_ISREG(status.st_mode))
		size = static_cast<std::uint64_t>(status.st_size);
	else
		check_errno(::ioctl(fd.get(), BLKGETSIZE64, &size), "size of " + asked.argument);
	if (size < proof_block_size)
		throw_errno(EINVAL, fmt::format("{} has {} bytes, and a read is of {}; name "
						"something larger",
						asked.argument, size, proof_block_size));
	return size;
}

// What the child says about what kept it from reading.
std::string child_error(const outcome &end)
{
	return end.text.empty()
		       ? "the process that reads ended without a word: " + to_string(end.how)
		       : end.text;
}

// Runs in a process of its own: a read that nobody completes cannot be interrupted.
bool run_apart(const proof_plan &plan, proof_record &record)
{
	share_stage();
	const isolated_result result = run_isolated(
		[&] {
			try {
				run_proof_io(plan, record);
				return outcome{ending::passed, {}};
			} catch (const std::exception &error) {
				return outcome{ending::failed, error.what()};
			}
		},
		{.limit = longest});

	if (result.end.how == ending::failed || result.end.how == ending::crashed)
		throw std::runtime_error(child_error(result.end));
	return result.end.how == ending::passed;
}

// A connection of NVMe/TCP has a work item that receives, whether or not anybody polls.
bool is_over_tcp(const check_result &expected)
{
	const auto leaves = leaves_of(expected.stack);

	return !leaves.empty() && std::ranges::all_of(leaves, [&](const std::string &leaf) {
		return expected.stack.at(leaf).driver.transport == "tcp";
	});
}

} // namespace

bool prove_result::agrees() const
{
	return expected.verdict() == polling::unknown || verdict() == polling::unknown ||
	       expected.verdict() == verdict();
}

prove_result prove(const prove_options &options)
{
	prove_result result{.asked = options};

	result.expected = check(options.argument, running_machine());
	refuse_suspended(result.expected);
	if (!options.dangerous)
		refuse_dangers(result.expected.dangers, options.depth);
	if (std::filesystem::is_directory(result.expected.asked.path))
		throw_errno(EISDIR, fmt::format("{} is a directory, which cannot be read; name a "
						"file in it, or its device, /dev/{}",
						options.argument, result.expected.asked.device));
	const unique_fd file = open_for_reading(result.expected.asked.path);
	const proof_plan plan{.file = file.get(),
			      .size = size_of(file, result.expected.asked),
			      .leaves = leaves_of(result.expected.stack),
			      .reads = options.reads,
			      .depth = options.depth,
			      .over_tcp = is_over_tcp(result.expected)};
	shared_memory<proof_record> record;

	result.ended = run_apart(plan, *record);
	result.record = *record;
	result.async = judge_async(result.record);
	result.sync = judge_sync(result.record);
	if (result.record.ring_error)
		result.async = {io_fate::unknown,
				why_no_io_uring(look_for_refusals(), result.record.ring_error)};
	return result;
}

} // namespace dmpoll
