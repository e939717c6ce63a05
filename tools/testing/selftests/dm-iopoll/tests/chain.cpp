// SPDX-License-Identifier: GPL-2.0
// What a program asked io_uring to do when an operation fails: a chain of them
// (IOSQE_IO_LINK) ends there; and if only failures are reported
// (IOSQE_CQE_SKIP_SUCCESS), this one is. An operation that is short has failed.
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

#include "device.hpp"
#include "exercise.hpp"
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

void run_at_once(const test_device &device, std::vector<io_op> &ops, std::size_t results)
{
	auto file = open_file(device.path, O_RDONLY | O_DIRECT);
	ring uring;
	stopwatch watch;

	uring.use_file(file.get());
	for (auto &op : ops)
		uring.prepare(op);
	uring.submit();
	for (std::size_t seen = 0; seen < results && watch.elapsed() < patient(2s);) {
		uring.poll(0);
		seen += uring.reap().size();
	}
}

// The failing one is the second of the three.
std::vector<io_op> make_ops(const failing &kind, const aligned_buffer &memory)
{
	return {{.offset = 0, .buffer = memory.slice(0, size)},
		{.offset = kind.offset, .buffer = memory.slice(size, 2 * size)},
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
	auto ops = make_ops(kind, memory);

	ops[0].linked = ops[1].linked = true;
	run_at_once(device, ops, 3);
	check_results_of(ops, {size, kind.result, -ECANCELED});
}

void quiet(env &e, const failing &kind)
{
	need_polling(e);
	if (!ring().has(IORING_FEAT_CQE_SKIP))
		throw skip_test{"needs a kernel with IORING_FEAT_CQE_SKIP (5.17 or later)"};
	auto device = kind.make(e);
	aligned_buffer memory(4 * size);
	auto ops = make_ops(kind, memory);

	ops[0].quiet = ops[1].quiet = true;
	run_at_once(device, ops, 2);
	check_results_of(ops, {std::nullopt, kind.result, size});
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
	return all;
}

static const test_group group{chain_tests};

} // namespace dmpoll
