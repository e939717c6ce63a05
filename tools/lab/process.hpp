// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "shared/subprocess.hpp"

namespace lab
{

using namespace subprocess;

} // namespace lab
