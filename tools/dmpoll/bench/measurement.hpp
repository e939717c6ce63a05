// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "bench/bench_case.hpp"
#include "bench/fio_job.hpp"
#include "bench/fio_output.hpp"
#include "bench/host_load.hpp"
#include "lib/queue_stats.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dmpoll
{

struct machine_facts {
	std::string cpu_model{};
	unsigned cpus = 0;
	std::string kernel{}; // release and version, as uname -rv
	bool virtualised = false;
	std::string emulation{}; // what is emulated and how we know; empty: nothing we know of
	std::string governor{};  // of CPU 0's frequency; empty: none, or not told

	bool emulated() const { return !emulation.empty(); }
};

struct disk_facts {
	std::string path{}; // as the user named it
	std::string name{}; // as the kernel does: nvme0n1
	std::string model{};
	std::uint64_t sectors = 0; // of 512 bytes
	std::string scheduler{};
	bool io_poll = false;
	long io_poll_delay = 0;
	std::optional<unsigned> poll_queues{}; // known from debugfs only
	std::string iostats{}; // queue/iostats and queue/nomerges as sysfs gives them
	std::string nomerges{};
};

struct dm_facts {
	std::string path{};
	std::string name{}; // dm-0
	std::string table{};
	std::string io_poll{}; // queue/io_poll: "0", "1"
};

// One fio run with what the kernel counted on the disk meanwhile, ramp time included.
struct run_record {
	bench_case what{};
	unsigned repeat = 0;
	std::string failure{}; // why there is no result; empty: there is
	fio_result fio{};
	std::optional<std::uint64_t> interrupts{}; // of the controller's IO queues
	std::optional<poll_counters> polls{};      // of the disk's polled hctxs
	std::uint64_t disk_reads = 0;              // reads the disk completed; 0: not counted

	bool ok() const { return failure.empty(); }

	// Reads that belong to interrupts and polls: fio's own count leaves out the ramp time.
	std::uint64_t completed_reads() const { return disk_reads ? disk_reads : fio.ios; }
};

// All that bench knows at its end and report needs.
struct measurements {
	machine_facts machine{};
	disk_facts disk{};
	dm_facts dm{};
	job_settings job{};
	unsigned repeats = 0;
	std::map<std::string, std::string> commands{}; // by case name
	std::vector<std::string> warnings{};
	std::vector<run_record> runs{};
	std::optional<host_load> load{}; // of a guest: its host's, if that was watched
};

// The file in bench's output directory. Its format is described in dmpoll's README.md.
inline constexpr const char *measurements_name = "measurements.json";

std::string to_json_text(const measurements &m);

// Throws std::runtime_error when the text is not one of ours.
measurements measurements_from_json(const std::string &text);

// Throws std::runtime_error that names the directory and says how the file is made.
measurements load_measurements(const std::filesystem::path &directory);

} // namespace dmpoll
