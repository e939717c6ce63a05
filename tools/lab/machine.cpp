// SPDX-License-Identifier: GPL-2.0
#include "machine.hpp"
#include "guest_job.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

namespace lab
{

namespace
{

using arguments = std::vector<std::string>;

void add(arguments &to, std::initializer_list<std::string> words)
{
	to.insert(to.end(), words);
}

// In a QEMU option list a comma ends the value unless it is doubled.
std::string escaped(const std::filesystem::path &path)
{
	std::string text;
	for (const char c : path.string())
		text.append(c == ',' ? 2 : 1, c);
	return text;
}

// Under TCG a richer model only means dearer translations: on one load of file walks, checksums
// and NVMe reads, Nehalem and Haswell took 20 to 30 s of CPU time, qemu64 34 and max 37.
// Nehalem is also free of the mitigations that 5.10 switches on for younger models.
std::string cpu_model(accelerator accel)
{
	return accel == accelerator::kvm ? "host" : "Nehalem";
}

void add_board(arguments &to, const machine &m)
{
	add(to, {"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
	add(to, {"-machine", "q35,sata=off,smbus=off", "-accel", std::string(name_of(m.accel))});
	add(to, {"-cpu", cpu_model(m.accel), "-smp", std::to_string(m.cpus)});
	add(to, {"-m", fmt::format("{}M", m.memory_mib)});
	add(to, {"-kernel", m.kernel.string(), "-append", kernel_parameters(m)});
	if (!m.initrd.empty())
		add(to, {"-initrd", m.initrd.string()});
}

void add_port(arguments &to, std::string_view name, const std::string &backend)
{
	add(to, {"-chardev", fmt::format("{},id={}", backend, name)});
	add(to, {"-device", fmt::format("virtserialport,chardev={0},name={0}", name)});
}

// The console is a mux so that the escape sequence for a serial break (sysrq) works.
void add_channels(arguments &to, const machine_channels &c)
{
	add(to, {"-chardev", c.console + ",mux=on,id=console", "-serial", "chardev:console"});
	add(to, {"-device", "virtio-serial-pci"});
	add_port(to, output_port, c.output);
	add_port(to, status_port, c.status);
	add_port(to, request_port, c.request);
	if (!c.terminal.empty()) {
		add(to, {"-chardev", c.terminal + ",id=terminal"});
		add(to, {"-device", "virtconsole,chardev=terminal"});
	}
	add(to, {"-chardev", c.qmp + ",id=qmp", "-mon", "chardev=qmp,mode=control"});
}

struct share {
	std::string_view id, tag;
	std::filesystem::path path;
	std::string_view mode;
};

void add_share(arguments &to, const share &s)
{
	add(to, {"-fsdev", fmt::format("local,id={},path={},security_model=none,multidevs=remap{}",
				       s.id, escaped(s.path), s.mode)});
	add(to, {"-device", fmt::format("virtio-9p-pci,fsdev={},mount_tag={}", s.id, s.tag)});
}

void add_shares(arguments &to, const machine &m)
{
	add_share(to, {.id = "root", .tag = root_tag, .path = "/", .mode = ",readonly=on"});
	if (!m.out.empty())
		add_share(to, {.id = "out", .tag = out_tag, .path = m.out, .mode = ""});
}

// A root port each: a controller that sits on the root bus itself cannot be unplugged.
void add_controller(arguments &to, const machine &m, std::size_t index, const std::string &more)
{
	add(to, {"-device",
		 fmt::format("pcie-root-port,id=slot{0},chassis={1},slot={1}", index, index + 1)});
	add(to,
	    {"-device", fmt::format("nvme,id=nvme{0},serial=lab{3},bus=slot{0},max_ioqpairs={1}{2}",
				    index, m.nvme_queues, more, m.subsystem ? 0 : index)});
}

std::string blockdev(const machine &m, std::size_t index)
{
	return fmt::format("driver=raw,node-name=disk{0},discard=unmap,cache.direct=off,"
			   "cache.no-flush=on,file.driver=file,file.filename={1}",
			   index, escaped(m.disks[index]));
}

void add_disk(arguments &to, const machine &m, std::size_t index)
{
	add(to, {"-blockdev", blockdev(m, index)});
	auto drive = fmt::format("drive=disk{}", index);

	if (!m.zone_bytes)
		return add_controller(to, m, index, "," + drive);
	add_controller(to, m, index, "");
	add(to, {"-device", fmt::format("nvme-ns,bus=nvme{},{},zoned=on,zoned.zone_size={}", index,
					drive, m.zone_bytes)});
}

// They have one serial number. A namespace goes to those controllers that are there.
void add_subsystem(arguments &to, const machine &m)
{
	add(to, {"-device", "nvme-subsys,id=subsystem"});
	for (std::size_t i = 0; i < m.disks.size(); ++i)
		add_controller(to, m, i, ",subsys=subsystem");
	for (std::size_t i = 0; i < m.disks.size(); ++i) {
		add(to, {"-blockdev", blockdev(m, i)});
		add(to, {"-device", fmt::format("nvme-ns,bus=nvme0,drive=disk{},nsid={},shared=on",
						i, i + 1)});
	}
}

} // namespace

// tsc=reliable: on a busy host the clocksource watchdog would otherwise discard the TSC, and every
// look at the clock becomes a slow device access. tsc_early_khz: there a guest that measures its
// TSC against the timer can be wrong by a factor of 20, and then its seconds are that short. The
// legacy ptys (1.5 s of a boot under TCG) and the keyboard controller serve nobody here.
// norandmaps: TCG keeps what it translated for code at the same address only, and a program starts
// in half the time.
std::string kernel_parameters(const machine &m)
{
	auto text =
		fmt::format("console=ttyS0 panic=-1 oops=panic sysrq_always_enabled "
			    "tsc=reliable pty.legacy_count=0 i8042.nokbd i8042.noaux norandmaps "
			    "root={} rootfstype=9p ro "
			    "rootflags={} init=\"{}\" nvme.poll_queues={}",
			    root_tag, root_options, m.init.string(), m.poll_queues);
	if (m.tsc_khz)
		text += fmt::format(" tsc_early_khz={}", m.tsc_khz);
	if (!m.append.empty())
		text += " " + m.append;
	return text;
}

std::vector<std::string> qemu_argv(const machine &m)
{
	arguments argv{m.qemu.string()};
	add_board(argv, m);
	add_channels(argv, m.channels);
	add_shares(argv, m);
	if (m.subsystem)
		add_subsystem(argv, m);
	for (std::size_t i = 0; i < m.disks.size() && !m.subsystem; ++i)
		add_disk(argv, m, i);
	argv.insert(argv.end(), m.qemu_args.begin(), m.qemu_args.end());
	return argv;
}

} // namespace lab
