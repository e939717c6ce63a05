// SPDX-License-Identifier: GPL-2.0
// Everything that goes in and out of a running QEMU.
#pragma once

#include "machine.hpp"
#include "process.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lab
{

struct guest_channels {
	fd_pair output = make_socket_pair();
	fd_pair status = make_socket_pair();
	fd_pair request = make_socket_pair();
	fd_pair qmp = make_socket_pair();
	fd_pair terminal = make_socket_pair();
	fd_pair keys = make_socket_pair(); // to the console
	fd_pair console = make_output_pipe();
	fd_pair errors = make_output_pipe();

	// Names the far ends as descriptors that QEMU inherits.
	machine_channels describe(bool with_terminal) const;
	child_options options_for(std::vector<std::string> argv) const;
	// Once QEMU has them: only then do we see its end as end of file.
	void drop_theirs();
};

// Throws lab::failure.
unique_fd open_console_file(const std::filesystem::path &path);

// On the mux of QEMU's console: a serial break, which makes the next byte a sysrq key.
inline constexpr char serial_break[] = {'\x01', 'b', '\0'};

} // namespace lab
