// SPDX-License-Identifier: GPL-2.0
// What a guest needs of the host; what is missing throws lab::failure that says how to get it.
#pragma once

#include <filesystem>

namespace lab
{

void check_kernel(const std::filesystem::path &kernel);
// The initrd beside a kernel whose drivers are modules; empty for one that has them built in.
std::filesystem::path initrd_of(const std::filesystem::path &kernel);
// Makes the directory if need be.
void check_out_dir(const std::filesystem::path &out);
std::filesystem::path require_qemu();
// The guest's first process, built beside this program.
std::filesystem::path require_init();
// The rate of this CPU's TSC, which guests see as it is (but with -icount). Takes 20 ms.
unsigned long measure_tsc_khz();

} // namespace lab
