// SPDX-License-Identifier: GPL-2.0
#include "tests/samples.hpp"

namespace dmpoll
{

namespace
{

double iops_of(bench_case what)
{
	if (what == raw_irq)
		return 250e3;
	if (what == raw_poll)
		return 400e3;
	return what == dm_irq ? 240e3 : 360e3;
}

fio_result fio_at(double iops)
{
	return {
		.version = "fio-3.33",
		.iops = iops,
		.bandwidth = iops * 4096,
		.ios = static_cast<std::uint64_t>(iops),
		.lat_mean = 128e9 / iops,
		.lat_p50 = 100e9 / iops,
		.lat_p99 = 300e9 / iops,
		.lat_p99_9 = 900e9 / iops,
		.usr_cpu = 10,
		.sys_cpu = 80,
	};
}

run_record run_of(planned_run plan)
{
	const bool poll = plan.what.how == completion::poll;
	// every repeat has its own speed, the same for all cases
	const double iops = iops_of(plan.what) * (1 + 0.01 * plan.repeat);
	const auto reads = static_cast<std::uint64_t>(iops * 1.25);

	return {
		.what = plan.what,
		.repeat = plan.repeat,
		.fio = fio_at(iops),
		.interrupts = poll ? 0 : reads / 4,
		.polls = poll ? poll_counters{reads, reads, reads / 2} : poll_counters{},
		.disk_reads = reads,
	};
}

} // namespace

measurements good_measurements()
{
	measurements m{
		.machine = {.cpu_model = "A CPU", .cpus = 8, .kernel = "5.10.0 #1 SMP"},
		.disk = {.path = "/dev/nvme0n1",
			 .name = "nvme0n1",
			 .model = "A disk",
			 .sectors = 1 << 21,
			 .scheduler = "none",
			 .io_poll = true,
			 .io_poll_delay = -1,
			 .poll_queues = 2,
			 .iostats = "0",
			 .nomerges = "0"},
		.dm = {.path = "/dev/mapper/testdev",
		       .name = "dm-0",
		       .table = "0 2097152 linear /dev/nvme0n1 0",
		       .io_poll = "1"},
		.repeats = 6,
	};

	for (planned_run plan : plan_runs(m.repeats))
		m.runs.push_back(run_of(plan));
	for (bench_case what : all_cases)
		m.commands[name_of(what)] = "fio --readonly " + file_stem_of(what) + ".fio";
	return m;
}

measurements unpatched_measurements()
{
	measurements m = with_runs(good_measurements(), dm_poll, [](run_record &run) {
		run.interrupts = run.disk_reads / 4;
		run.polls = poll_counters{};
	});

	m.dm.io_poll = "0";
	return m;
}

} // namespace dmpoll
