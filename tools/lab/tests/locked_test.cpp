// SPDX-License-Identifier: GPL-2.0
#include "plugin/locked.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lab
{
namespace
{

using bytes = std::vector<std::uint8_t>;

TEST(Locked, FindsWhatTakesACacheLine)
{
	EXPECT_TRUE(is_locked(bytes{0xf0, 0xff, 0x07}));             // lock incl (%rdi)
	EXPECT_TRUE(is_locked(bytes{0xf0, 0x48, 0x0f, 0xb1, 0x17})); // lock cmpxchg %rdx,(%rdi)
	EXPECT_TRUE(is_locked(bytes{0x66, 0xf0, 0xff, 0x07}));       // lock incw (%rdi)
	EXPECT_TRUE(is_locked(bytes{0x87, 0x07}));                   // xchg %eax,(%rdi)
	EXPECT_TRUE(is_locked(bytes{0x48, 0x87, 0x07}));             // xchg %rax,(%rdi)
	EXPECT_TRUE(is_locked(bytes{0x65, 0x48, 0x87, 0x07}));       // xchg %rax,%gs:(%rdi)
}

TEST(Locked, LeavesOutOthers)
{
	EXPECT_FALSE(is_locked({}));
	EXPECT_FALSE(is_locked(bytes{0x48}));
	EXPECT_FALSE(is_locked(bytes{0xff, 0x07}));       // incl (%rdi)
	EXPECT_FALSE(is_locked(bytes{0x48, 0x87, 0xc3})); // xchg %rax,%rbx
	EXPECT_FALSE(is_locked(bytes{0x3e, 0xff, 0x07})); // where the kernel took LOCK out
	EXPECT_FALSE(is_locked(bytes{0x66, 0x90}));       // nop
	EXPECT_FALSE(is_locked(bytes{0x65, 0x48, 0x0f, 0xc7, 0x0f})); // cmpxchg8b %gs:(%rdi)
	EXPECT_FALSE(is_locked(bytes{0xb8, 0xf0, 0x87, 0x07, 0x00})); // mov $0x787f0,%eax
}

} // namespace
} // namespace lab
