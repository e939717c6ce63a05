// SPDX-License-Identifier: GPL-2.0
// What the launcher tells the guest's first process, and what that one answers.
//
// The job goes into the guest over the status port as records "key=value", each ended by a NUL,
// the whole ended by an empty record. Answers come back over the same port, one line each:
// "ready", then "exit N" or "signal N"; or "error TEXT" when the command could not be started.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lab
{

inline constexpr std::string_view output_port = "lab.output";
inline constexpr std::string_view status_port = "lab.status";
inline constexpr std::string_view request_port = "lab.request";
inline constexpr std::string_view root_tag = "/dev/root";
inline constexpr std::string_view root_options =
	"trans=virtio,version=9p2000.L,cache=loose,msize=262144";
inline constexpr std::string_view out_tag = "lab.out";
inline constexpr std::string_view guest_out_dir = "/out";

struct guest_job {
	std::vector<std::string> argv = {};
	std::vector<std::string> env = {};  // "NAME=value"
	std::vector<std::string> keep = {}; // host paths under /tmp, /run, ... that stay visible
	std::string cwd = "/";
	unsigned disks = 0;               // NVMe namespaces to wait for
	bool out = false;                 // mount the writable share
	bool terminal = false;            // the command talks to a person: give it a tty
	unsigned rows = 24, columns = 80; // of that tty
};

std::string encode_job(const guest_job &job);

// Throws std::system_error (EBADMSG) on a record that no launcher of this version writes.
guest_job decode_job(std::string_view text);

} // namespace lab
