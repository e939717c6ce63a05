// SPDX-License-Identifier: GPL-2.0
/* What a guest needs of the host; each throws lab::failure that says how to get it. */
#pragma once

#include <filesystem>

namespace lab
{

void check_kernel(const std::filesystem::path &kernel);
/* Makes the directory if need be. */
void check_out_dir(const std::filesystem::path &out);
std::filesystem::path require_qemu();
/* The guest's first process, built beside this program. */
std::filesystem::path require_init();

} // namespace lab
