// SPDX-License-Identifier: GPL-2.0
// What a program asked io_uring to do when an operation fails: a chain of them
// (IOSQE_IO_LINK) ends there; and if only failures are reported
// (IOSQE_CQE_SKIP_SUCCESS), this one is. An operation that is short has failed.
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.hpp"
#include "exercise.hpp"
#include "file.hpp"
#include "lib/error.hpp"
#include "lib/patience.hpp"
#include "lib/verdict.hpp"
#include "submitter.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint64_t length = region_sectors / 2; // sectors, of what can be read
constexpr std::uint64_t end = length * 512;          // bytes
constexpr int size = 4096;                           // bytes, of an operation

// A device whose last sectors there are not.
test_device make_ending(env &e)
{
	return make_linear(e, {random_range(e, 0, length)});
}

// One that cannot read its last sectors.
test_device make_failing(env &e)
{
	auto range = random_range(e, 0, length);
	auto params = fmt::format("{} {}", range.disk->path, range.start);

	return make_dm(e, {{0, length, "linear", params}, {length, length, "error", ""}},
		       {{0, 2 * length, range.disk, range.start}});
}

struct failing {
	std::string name, what;
	test_device (*make)(env &);
	std::uint64_t offset; // bytes: of a read of two sizes that fails
	int result;
};

const std::vector<failing> &failings()
{
	static const std::vector<failing> all = {
		{"short", "a read across the end of the device", make_ending, end - size, size},
		{"error", "a read of what fails", make_failing, end, -EIO},
	};

	return all;
}

void run_at_once(int file, std::vector<io_op> &ops, std::size_t results)
{
	ring uring;
	stopwatch watch;

	uring.use_file(file);
	for (auto &op : ops)
		uring.prepare(op);
	uring.submit();
	for (std::size_t seen = 0; seen < results && watch.elapsed() < patient(2s);) {
		uring.poll(0);
		seen += uring.reap().size();
	}
}

// The failing one is the second of the three.
std::vector<io_op> make_ops(std::uint64_t failing_offset, const aligned_buffer &memory)
{
	return {{.offset = 0, .buffer = memory.slice(0, size)},
		{.offset = failing_offset, .buffer = memory.slice(size, 2 * size)},
		{.offset = size, .buffer = memory.slice(3 * size, size)}};
}

void check_results_of(const std::vector<io_op> &ops, const std::vector<std::optional<int>> &wanted)
{
	for (std::size_t at = 0; at < ops.size(); at++)
		check_equal("result of the " + to_string(ops[at]), result_text(ops[at].result),
			    result_text(wanted[at]));
}

void linked(env &e, const failing &kind)
{
	need_polling(e);
	auto device = kind.make(e);
	aligned_buffer memory(4 * size);
	auto ops = make_ops(kind.offset, memory);

	ops[0].linked = ops[1].linked = true;
	run_at_once(open_file(device.path, O_RDONLY | O_DIRECT).get(), ops, 3);
	check_results_of(ops, {size, kind.result, -ECANCELED});
}

void quiet(env &e, const failing &kind)
{
	need_polling(e);
	if (!ring().has(IORING_FEAT_CQE_SKIP))
		throw skip_test{"needs a kernel with IORING_FEAT_CQE_SKIP (5.17 or later)"};
	auto device = kind.make(e);
	aligned_buffer memory(4 * size);
	auto ops = make_ops(kind.offset, memory);

	ops[0].quiet = ops[1].quiet = true;
	run_at_once(open_file(device.path, O_RDONLY | O_DIRECT).get(), ops, 2);
	check_results_of(ops, {std::nullopt, kind.result, size});
}

// As of ext3, whose maps have no extents: O_DIRECT or not, what fills a hole goes
// through the page cache, and ends in the submission, or in a worker.
const filesystem_type &ext3_type()
{
	static const filesystem_type type = [] {
		auto made = ext4_type();

		made.mkfs.insert(made.mkfs.end(), {"-O", "^extent,^64bit"});
		return made;
	}();

	return type;
}

// Of the second operation's memory only the first half is there. The kernel writes
// that, goes on with the rest, and fails. What it reports is no error, but the
// number of bytes that were written.
void linked_half(env &e)
{
	need_polling(e);
	auto device = make_concat(e);

	need_filesystem(ext3_type());
	auto ext3 = make_filesystem(ext3_type(), device);
	auto file = make_file(ext3, 0);
	aligned_buffer memory(4 * size);
	auto ops = make_ops(size, memory);
	auto missing = memory.slice(2 * size, size);

	for (auto &op : ops)
		op.dir = direction::write;
	ops[0].linked = ops[1].linked = true;
	check_errno(::ftruncate(file.get(), end), "make a file of one hole");
	check_errno(::mprotect(missing.data(), size, PROT_NONE), "mprotect");
	run_at_once(file.get(), ops, 3);
	check_errno(::mprotect(missing.data(), size, PROT_READ | PROT_WRITE), "mprotect");
	check_results_of(ops, {size, size, -ECANCELED});
}

} // namespace

static std::vector<test_case> chain_tests()
{
	std::vector<test_case> all;

	for (const auto &kind : failings()) {
		all.push_back({.name = "chain.linked-" + kind.name,
			       .what = "a chain of which the second is " + kind.what,
			       .run = [&kind](env &e) { linked(e, kind); }});
		all.push_back({.name = "chain.quiet-" + kind.name,
			       .what = "no result but of failures: " + kind.what,
			       .run = [&kind](env &e) { quiet(e, kind); }});
	}
	all.push_back({.name = "chain.linked-half",
		       .what = "a chain of which the second is a write that fails after half of it",
		       .run = linked_half,
		       .limit = long_limit});
	return all;
}

static const test_group group{chain_tests};

} // namespace dmpoll
