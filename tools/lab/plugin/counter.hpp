// SPDX-License-Identifier: GPL-2.0
// What differs between the versions of QEMU's plugin interface: counters that translated code adds
// to, and the bytes of an instruction.
#pragma once

#include "qemu_plugin.hpp"

#include <array>
#include <memory>
#include <span>

namespace lab
{

inline bool has_scoreboards()
{
	return qemu_plugin_scoreboard_new != nullptr;
}

// Of one vCPU.
class counter
{
public:
	counter()
	{
		if (has_scoreboards())
			entry_.score = qemu_plugin_scoreboard_new(sizeof(std::uint64_t));
		else
			count_ = std::make_unique<std::uint64_t>(0);
	}

	// Each time that the block is run.
	void add_at(qemu_plugin_tb *tb, std::uint64_t n)
	{
		if (count_)
			qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
								 count_.get(), n);
		else
			qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
				tb, QEMU_PLUGIN_INLINE_ADD_U64, entry_, n);
	}

	// Since begin() was called.
	std::uint64_t since_begin() const { return value() - at_begin_; }
	void begin() { at_begin_ = value(); }

private:
	std::uint64_t value() const { return count_ ? *count_ : qemu_plugin_u64_sum(entry_); }

	std::unique_ptr<std::uint64_t> count_; // its place is fixed: code refers to it
	qemu_plugin_u64 entry_{};
	std::uint64_t at_begin_ = 0;
};

// The longest instruction of x86.
using instruction_bytes = std::array<std::uint8_t, 15>;

// interface_version: as qemu_plugin_install() is told.
inline std::span<const std::uint8_t> bytes_of(const qemu_plugin_insn *insn, int interface_version,
					      instruction_bytes &buffer)
{
	using get_function = const void *(const qemu_plugin_insn *);
	using copy_function = std::size_t(const qemu_plugin_insn *, void *, std::size_t);
	const auto function = &qemu_plugin_insn_data;
	if (interface_version >= 3)
		return {buffer.data(), reinterpret_cast<copy_function *>(function)(
					       insn, buffer.data(), buffer.size())};
	return {static_cast<const std::uint8_t *>(reinterpret_cast<get_function *>(function)(insn)),
		qemu_plugin_insn_size(insn)};
}

} // namespace lab
