// SPDX-License-Identifier: GPL-2.0
#include "trouble.hpp"

#include <array>
#include <chrono>
#include <thread>

#include "controller.hpp"
#include "lib/child.hpp"
#include "lib/stage.hpp"

namespace dmpoll
{

namespace
{

using namespace std::chrono_literals;

std::vector<std::unique_ptr<queue_setting>> settings_of(const test_device &device,
							const std::string &attribute)
{
	std::vector<std::unique_ptr<queue_setting>> all;

	for (const auto *disk : device.leaves())
		all.push_back(std::make_unique<queue_setting>(disk->kernel_name, attribute));
	return all;
}

// So that @values are set by turns.
trouble change(const test_device &device, const std::string &attribute,
	       const std::array<std::string, 2> &values)
{
	auto settings = settings_of(device, attribute);
	std::vector<queue_setting *> all;

	for (auto &each : settings)
		all.push_back(each.get());
	return {std::move(settings), [=, round = 0U]() mutable {
			for (auto *each : all)
				each->set(values[round % 2]);
			round++;
			std::this_thread::sleep_for(2ms); // who waits for the queue must get in
		}};
}

trouble few_tags(env &, test_device &device)
{
	trouble found{.settings = settings_of(device, "nr_requests")};

	for (auto &each : found.settings)
		each->set("4");
	return found;
}

trouble suspend(env &, test_device &device)
{
	auto *dm = &device.stack.top();

	return {.again = [=] {
		suspended_section section(*dm);
		std::this_thread::sleep_for(2ms);
		section.end();
		std::this_thread::sleep_for(5ms);
	}};
}

trouble freeze(env &, test_device &device)
{
	return change(device, "nr_requests", {"32", "64"});
}

trouble scheduler(env &, test_device &device)
{
	return change(device, "scheduler", {"mq-deadline", "none"});
}

trouble reset(env &e, test_device &)
{
	auto controller = need_controller(e, 0);

	return {.again = [=] { controller.reset(); }};
}

} // namespace

void trouble::sleep_a_little()
{
	std::this_thread::sleep_for(5ms);
}

const trouble_kind &few_tags_trouble()
{
	static const trouble_kind kind{"few-tags", "disks with 4 tags", few_tags};

	return kind;
}

const trouble_kind &suspend_trouble()
{
	static const trouble_kind kind{"suspend", "suspended and resumed again and again", suspend};

	return kind;
}

const trouble_kind &freeze_trouble()
{
	static const trouble_kind kind{"freeze", "with queues frozen again and again", freeze,
				       true};

	return kind;
}

const trouble_kind &scheduler_trouble()
{
	static const trouble_kind kind{"scheduler", "with schedulers changed again and again",
				       scheduler, true};

	return kind;
}

const trouble_kind &reset_trouble()
{
	static const trouble_kind kind{"reset", "with a controller reset again and again", reset,
				       true};

	return kind;
}

void run_bodies(const bodies &all, trouble &trouble)
{
	std::vector<std::unique_ptr<child_process>> children;

	for (const auto &body : all)
		children.push_back(std::make_unique<child_process>("a submitter", body));
	for (auto &child : children) {
		set_stage("making trouble for submitters");
		while (!child->ended_within(0ms))
			trouble.again();
		child->finish(0ms);
	}
}

} // namespace dmpoll
