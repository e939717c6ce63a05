// SPDX-License-Identifier: GPL-2.0
// The few functions of QEMU's TCG plugin interface that are used here, in its versions 1 (QEMU 7.2)
// to 4 (QEMU 10.0): Debian's QEMU has plugins but ships no header. What one of them lacks is a weak
// symbol, null there. Source: QEMU's documentation, "QEMU TCG Plugins".
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct qemu_plugin_tb;   // a translation block: instructions that run one after the other
struct qemu_plugin_insn; // one of them, while it is translated
struct qemu_plugin_scoreboard;

struct qemu_info_t {
	const char *target_name;
	struct {
		int min, cur;
	} version; // of the interface
};

// A counter for each vCPU.
struct qemu_plugin_u64 {
	qemu_plugin_scoreboard *score;
	std::size_t offset;
};

using qemu_plugin_id_t = std::uint64_t;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*callback)(qemu_plugin_id_t, qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn *insn,
					    void (*callback)(unsigned int vcpu, void *user_data),
					    qemu_plugin_cb_flags flags, void *user_data);

std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb *tb);
std::uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb *tb);
qemu_plugin_insn *qemu_plugin_tb_get_insn(const qemu_plugin_tb *tb, std::size_t index);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn *insn);
void qemu_plugin_outs(const char *text);

// One name, two types, to one of which it must be cast. Versions 1 and 2: const void *(const
// qemu_plugin_insn *). From version 3 on it copies: size_t (const qemu_plugin_insn *, void *to,
// size_t length).
void qemu_plugin_insn_data();

// Version 1.
__attribute__((weak)) void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb *tb,
								    qemu_plugin_op op,
								    void *counter,
								    std::uint64_t add);

// Version 2 and later.
__attribute__((weak)) qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(std::size_t element_size);
__attribute__((weak)) std::uint64_t qemu_plugin_u64_sum(qemu_plugin_u64 counter);
__attribute__((weak)) void
qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(qemu_plugin_tb *tb, qemu_plugin_op op,
						  qemu_plugin_u64 counter, std::uint64_t add);
}
