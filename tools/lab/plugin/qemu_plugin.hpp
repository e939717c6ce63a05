// SPDX-License-Identifier: GPL-2.0
// The few functions of QEMU's TCG plugin interface, version 1, that are used here. Debian's QEMU
// has plugins but ships no header. Source: QEMU's documentation, "TCG Instruction Counting / Plugin
// API".
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct qemu_plugin_tb;   // a translation block: instructions that run one after the other
struct qemu_plugin_insn; // one of them, while it is translated
struct qemu_info_t;

using qemu_plugin_id_t = std::uint64_t;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*callback)(qemu_plugin_id_t, qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb *tb, qemu_plugin_op op, void *counter,
					      std::uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn *insn,
					    void (*callback)(unsigned int vcpu, void *user_data),
					    qemu_plugin_cb_flags flags, void *user_data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, void *),
				    void *user_data);

std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb *tb);
std::uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb *tb);
qemu_plugin_insn *qemu_plugin_tb_get_insn(const qemu_plugin_tb *tb, std::size_t index);
const void *qemu_plugin_insn_data(const qemu_plugin_insn *insn);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn *insn);
void qemu_plugin_outs(const char *text);
}
