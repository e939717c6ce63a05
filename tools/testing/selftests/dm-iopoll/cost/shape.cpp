// SPDX-License-Identifier: GPL-2.0
#include "shape.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace dmpoll
{

namespace
{

std::vector<shape> quick_shapes()
{
	return {{.devices = 1},
		{.devices = 1, .segments = 256},
		{.devices = 1, .stack = 6},
		{.devices = 4, .stripe = true},
		{.devices = 4, .raid0 = true},
		{.devices = 4, .stack = 2, .raid0 = true},
		{.devices = 16, .poll_queues = 8},
		{.devices = 64, .poll_queues = 8}};
}

std::vector<shape> full_shapes()
{
	std::vector<shape> shapes;

	for (unsigned queues : {1U, 8U})
		for (unsigned devices : {1U, 4U, 16U, 64U})
			shapes.push_back({.devices = devices, .poll_queues = queues});
	for (unsigned segments : {16U, 256U})
		shapes.push_back({.segments = segments});
	for (unsigned stack : {3U, 6U})
		shapes.push_back({.stack = stack});
	for (unsigned queues : {1U, 8U})
		for (bool raid0 : {false, true})
			shapes.push_back({.devices = 4,
					  .poll_queues = queues,
					  .stripe = !raid0,
					  .raid0 = raid0});
	return shapes;
}

} // namespace

std::vector<cell> make_grid(bool full)
{
	auto shapes = full ? full_shapes() : quick_shapes();
	std::vector<cell> cells;

	std::stable_sort(shapes.begin(), shapes.end(), [](const shape &a, const shape &b) {
		return std::tie(a.devices, a.poll_queues) < std::tie(b.devices, b.poll_queues);
	});
	for (const auto &form : shapes)
		for (unsigned depth : {1U, 8U, 32U, 128U})
			for (bool write : {false, true})
				if (full || !write)
					cells.push_back({form, depth, write});
	return cells;
}

std::string to_json(const cell &c)
{
	return fmt::format(R"("shape":{{"devices":{},"poll_queues":{},"segments":{},"stack":{},)"
			   R"("stripe":{},"raid0":{}}},"iodepth":{},"rw":"{}")",
			   c.form.devices, c.form.poll_queues, c.form.segments, c.form.stack,
			   c.form.stripe, c.form.raid0, c.iodepth, c.write ? "write" : "read");
}

} // namespace dmpoll
