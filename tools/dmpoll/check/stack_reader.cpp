// SPDX-License-Identifier: GPL-2.0
#include "check/stack_reader.hpp"

#include "check/attribute.hpp"
#include "check/driver.hpp"
#include "check/nowait.hpp"
#include "check/refusal.hpp"

#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

class reader
{
public:
	reader(const stack_sources &sources, device_stack &stack)
	    : sources_(sources), stack_(stack), attributes_(stack.unread)
	{
	}

	// @above: the devices on the way from the top to this one.
	void walk(const std::string &name, std::vector<std::string> above);

private:
	std::string directory(const std::string &name) const
	{
		return sources_.roots.sysfs + "/class/block/" + name;
	}
	device_node read_node(const std::string &name);
	device_node read_present(const std::string &name);
	void read_number(device_node &node);
	void read_kind(device_node &node);
	void read_queue(device_node &node);
	void read_poll_queues(device_node &node);
	void read_dm(device_node &node);
	std::vector<std::string> read_lower(const device_node &node);
	void check_is_there(const std::string &name) const;

	const stack_sources &sources_;
	device_stack &stack_;
	attribute_reader attributes_;
	unsigned devices_ = 0;
};

void reader::check_is_there(const std::string &name) const
{
	std::error_code error;

	if (!fs::exists(directory(name), error))
		throw_errno(ENODEV, fmt::format("{} is not there (any more): {} is gone; look "
						"what there is with lsblk, and try again",
						name, directory(name)));
}

// "253:0"
void reader::read_number(device_node &node)
{
	const std::string text = attributes_.text(directory(node.name) + "/dev").value_or("");

	std::sscanf(text.c_str(), "%u:%u", &node.major, &node.minor);
}

void reader::read_kind(device_node &node)
{
	const std::string top = directory(node.name);

	if (fs::exists(top + "/partition")) {
		node.kind = node_kind::partition;
	} else if (fs::exists(top + "/dm")) {
		node.kind = node_kind::dm;
		read_dm(node);
	} else if (auto level = attributes_.text(top + "/md/level")) {
		node.kind = node_kind::md;
		node.md_level = *level;
	} else if (node.name.starts_with("loop")) {
		node.kind = node_kind::loop;
		node.backing_file = attributes_.text(top + "/loop/backing_file").value_or("");
	}
}

// Only root may ask for the table; name and uuid are for everybody.
void reader::read_dm(device_node &node)
{
	const std::string top = directory(node.name) + "/dm/";

	try {
		node.dm = sources_.dm_state_of(node.major, node.minor);
		node.table_known = true;
	} catch (const std::system_error &error) {
		check_is_there(node.name);
		stack_.unread.push_back(error.what());
		node.dm = dm_state{
			.name = attributes_.text(top + "name").value_or(""),
			.uuid = attributes_.text(top + "uuid").value_or(""),
			.suspended = attributes_.number<unsigned>(top + "suspended") == 1U,
		};
	}
}

void reader::read_queue(device_node &node)
{
	const std::string disk = whole_disk(node.name, sources_.roots);
	const std::string top = directory(disk);

	node.blk_mq = fs::exists(top + "/mq");
	if (auto flag = attributes_.number<unsigned>(top + "/queue/io_poll"))
		node.io_poll = *flag != 0;
	node.io_poll_delay = attributes_.number<long>(top + "/queue/io_poll_delay");
	node.shows_dma_alignment = fs::exists(top + "/queue/dma_alignment");
	node.scheduler = bracketed_or_all(attributes_.text(top + "/queue/scheduler").value_or(""));
	if (node.blk_mq) {
		node.nr_requests = attributes_.number<unsigned>(top + "/queue/nr_requests");
		read_poll_queues(node);
	}
	node.driver = read_driver(disk, sources_.roots, attributes_);
}

void reader::read_poll_queues(device_node &node)
{
	try {
		const auto hctxs = read_hctxs(node.name, sources_.roots);

		if (!hctxs.empty())
			node.poll_queues = static_cast<unsigned>(std::ranges::count_if(
				hctxs, [](const hctx_view &h) { return h.type == "poll"; }));
		else
			attributes_.note(fmt::format("{}/block/{}: no hw queues there; is debugfs "
						     "mounted, and has the kernel "
						     "CONFIG_BLK_DEBUG_FS?",
						     sources_.roots.debugfs, node.name));
	} catch (const std::system_error &error) {
		const int err = error.code().value();
		const bool refused = err == EPERM || err == EACCES;

		attributes_.note(
			refused ? fmt::format("{}: {}", error.what(),
					      why_no_debugfs(look_for_refusals(sources_.roots)))
				: error.what());
	}
}

std::vector<std::string> reader::read_lower(const device_node &node)
{
	if (node.kind == node_kind::partition)
		return {whole_disk(node.name, sources_.roots)};
	if (node.driver.name == "nvme-multipath")
		return nvme_paths(node.name, sources_.roots);
	std::vector<std::string> names;
	std::error_code error;

	for (fs::directory_iterator at(directory(node.name) + "/slaves", error), end;
	     !error && at != end; at.increment(error))
		names.push_back(at->path().filename());
	if (error && error != std::errc::no_such_file_or_directory)
		attributes_.note(directory(node.name) + "/slaves: " + error.message());
	std::ranges::sort(names);
	return names;
}

device_node reader::read_node(const std::string &name)
{
	check_is_there(name);
	try {
		return read_present(name);
	} catch (const fs::filesystem_error &) {
		check_is_there(name);
		throw;
	}
}

device_node reader::read_present(const std::string &name)
{
	device_node node{.name = name};

	node.path = "/dev/" + name;
	std::ranges::replace(node.path, '!', '/'); // as the kernel names cciss/c0d0 in sysfs
	read_number(node);
	node.hidden = attributes_.number<unsigned>(directory(name) + "/hidden") == 1U;
	read_kind(node);
	read_queue(node);
	node.lower = read_lower(node);
	check_is_there(name); // else what is missing is missing because it vanished
	return node;
}

void reader::walk(const std::string &name, std::vector<std::string> above)
{
	if (std::ranges::count(above, name))
		throw_errno(ELOOP, fmt::format("sysfs names a device below itself: {} -> {}; no "
					       "stack can be that way, nothing can be told",
					       fmt::join(above, " -> "), name));
	if (stack_.nodes.contains(name))
		return;
	if (++devices_ > max_devices)
		throw_errno(E2BIG, fmt::format("more than {} devices below {}; name one of those "
					       "below instead",
					       max_devices, stack_.top));
	device_node node = read_node(name);
	const std::vector<std::string> lower = node.lower;

	above.push_back(name);
	for (const std::string &each : lower)
		walk(each, above);
	node.held_up = (node.dm && node.dm->suspended) ||
		       std::ranges::any_of(lower, [&](const std::string &each) {
			       return stack_.at(each).held_up;
		       });
	// a hidden disk cannot be opened; it is blk-mq, and all of that takes RWF_NOWAIT
	if (node.hidden)
		node.nowait = true;
	else if (!node.held_up)
		node.nowait = sources_.nowait_of(node);
	stack_.nodes[name] = std::move(node);
}

} // namespace

device_stack read_stack(const std::string &name, const stack_sources &sources)
{
	device_stack stack{.top = name, .kernel = sources.kernel};

	reader(sources, stack).walk(name, {});
	return stack;
}

stack_sources running_machine()
{
	return {.roots = {},
		.kernel = running_kernel(),
		.dm_state_of = read_dm_state,
		.nowait_of = probe_nowait};
}

} // namespace dmpoll
