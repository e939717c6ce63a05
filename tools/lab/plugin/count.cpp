// SPDX-License-Identifier: GPL-2.0
// A plugin for QEMU's TCG that counts the guest's instructions, kernel and user apart, between two
// marker instructions (marker.hpp). For one vCPU.
//
//   -plugin libcount.so,out=FILE[,profile=on]
//
// Each begin..end adds a line "KERNEL USER" to FILE; with profile=on also, before it, a line
// "@ADDRESS INSTRUCTIONS" for each block of kernel code that ran.
#include "marker.hpp"
#include "qemu_plugin.hpp"

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace
{

// What has run since the plugin was loaded; counters the translated code adds to.
struct {
	std::uint64_t kernel = 0, user = 0;
} executed, at_begin;

// Blocks by address; the node-based map keeps a counter's place while code refers to it.
std::unordered_map<std::uint64_t, std::uint64_t> blocks;

std::FILE *out;
bool profile;

// x86-64 Linux: the kernel has the upper half of the address space.
bool is_kernel(std::uint64_t address)
{
	return address >> 63;
}

void on_begin(unsigned int, void *)
{
	at_begin = executed;
	for (auto &[address, count] : blocks)
		count = 0;
}

void on_end(unsigned int, void *)
{
	for (const auto &[address, count] : blocks)
		if (count)
			std::fprintf(out, "@%llx %llu\n", static_cast<unsigned long long>(address),
				     static_cast<unsigned long long>(count));
	std::fprintf(out, "%llu %llu\n",
		     static_cast<unsigned long long>(executed.kernel - at_begin.kernel),
		     static_cast<unsigned long long>(executed.user - at_begin.user));
	std::fflush(out);
}

template <std::size_t N>
bool is(const qemu_plugin_insn *insn, const std::array<std::uint8_t, N> &marker)
{
	return qemu_plugin_insn_size(insn) == N &&
	       !std::memcmp(qemu_plugin_insn_data(insn), marker.data(), N);
}

void look_for_markers(const qemu_plugin_tb *tb)
{
	for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(tb); ++i) {
		auto *insn = qemu_plugin_tb_get_insn(tb, i);
		if (is(insn, lab::begin_marker))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin,
							       QEMU_PLUGIN_CB_NO_REGS, nullptr);
		else if (is(insn, lab::end_marker))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, QEMU_PLUGIN_CB_NO_REGS,
							       nullptr);
	}
}

void on_translation(qemu_plugin_id_t, qemu_plugin_tb *tb)
{
	const auto address = qemu_plugin_tb_vaddr(tb);
	const auto length = qemu_plugin_tb_n_insns(tb);
	auto &total = is_kernel(address) ? executed.kernel : executed.user;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &total, length);
	if (profile && is_kernel(address))
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							 &blocks[address], length);
	if (!is_kernel(address))
		look_for_markers(tb);
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) extern const int qemu_plugin_version = 1;

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *, int argc, char **argv)
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
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
}
