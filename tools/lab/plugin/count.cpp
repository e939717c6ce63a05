// SPDX-License-Identifier: GPL-2.0
// A plugin for QEMU's TCG that counts the guest's instructions, kernel and user apart, between two
// marker instructions (marker.hpp). For one vCPU.
//
//   -plugin libcount.so,out=FILE[,profile=on]
//
// Each begin..end adds a line "KERNEL USER LOCKED" to FILE; LOCKED are those of the kernel's that
// take a cache line for themselves. With profile=on also, before it, a line "@ADDRESS INSTRUCTIONS"
// for each block of kernel code that ran.
#include "counter.hpp"
#include "locked.hpp"
#include "marker.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace
{

struct counters {
	lab::counter kernel, user, locked;
	std::unordered_map<std::uint64_t, lab::counter> blocks; // by address
};

std::unique_ptr<counters> executed;
std::FILE *out;
bool profile;
int interface_version;

// x86-64 Linux: the kernel has the upper half of the address space.
bool is_kernel(std::uint64_t address)
{
	return address >> 63;
}

void on_begin(unsigned int, void *)
{
	for (auto *one : {&executed->kernel, &executed->user, &executed->locked})
		one->begin();
	for (auto &[address, block] : executed->blocks)
		block.begin();
}

void on_end(unsigned int, void *)
{
	using number = unsigned long long;
	for (const auto &[address, block] : executed->blocks)
		if (const auto count = block.since_begin())
			std::fprintf(out, "@%llx %llu\n", static_cast<number>(address),
				     static_cast<number>(count));
	std::fprintf(out, "%llu %llu %llu\n", static_cast<number>(executed->kernel.since_begin()),
		     static_cast<number>(executed->user.since_begin()),
		     static_cast<number>(executed->locked.since_begin()));
	std::fflush(out);
}

void look_for_marker(qemu_plugin_insn *insn, std::span<const std::uint8_t> bytes)
{
	if (std::ranges::equal(bytes, lab::begin_marker))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, QEMU_PLUGIN_CB_NO_REGS,
						       nullptr);
	else if (std::ranges::equal(bytes, lab::end_marker))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, QEMU_PLUGIN_CB_NO_REGS,
						       nullptr);
}

void on_translation(qemu_plugin_id_t, qemu_plugin_tb *tb)
{
	const auto address = qemu_plugin_tb_vaddr(tb);
	const auto length = qemu_plugin_tb_n_insns(tb);
	std::uint64_t locked = 0;
	for (std::size_t i = 0; i < length; ++i) {
		auto *insn = qemu_plugin_tb_get_insn(tb, i);
		lab::instruction_bytes buffer;
		const auto bytes = lab::bytes_of(insn, interface_version, buffer);
		if (is_kernel(address))
			locked += lab::is_locked(bytes);
		else
			look_for_marker(insn, bytes);
	}
	(is_kernel(address) ? executed->kernel : executed->user).add_at(tb, length);
	if (locked)
		executed->locked.add_at(tb, locked);
	if (profile && is_kernel(address))
		executed->blocks[address].add_at(tb, length);
}

} // namespace

extern "C" {

// What QEMU wants to know before it calls anything: the version of the interface that is used. It
// is set when QEMU loads this, as none is right for each QEMU.
__attribute__((visibility("default"))) int qemu_plugin_version = 1;

__attribute__((constructor)) static void choose_version()
{
	if (lab::has_scoreboards())
		qemu_plugin_version = 2;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	std::string path;
	for (int i = 0; i < argc; ++i) {
		const std::string_view argument = argv[i];
		if (argument.starts_with("out="))
			path = argument.substr(4);
		else if (argument == "profile=on")
			profile = true;
	}
	out = path.empty() ? nullptr : std::fopen(path.c_str(), "w");
	if (!out) {
		qemu_plugin_outs("count: out=FILE is missing, or cannot be written\n");
		return -1;
	}
	interface_version = info->version.cur;
	executed = std::make_unique<counters>();
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
}
