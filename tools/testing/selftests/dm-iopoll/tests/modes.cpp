// SPDX-License-Identifier: GPL-2.0
#include "modes.hpp"

namespace dmpoll
{

std::string to_string(poll_mode mode)
{
	switch (mode) {
	case poll_mode::poll:
		return "poll";
	case poll_mode::irq:
		return "irq";
	case poll_mode::eopnotsupp:
		return "eopnotsupp";
	}
	return "?";
}

std::string to_string(access how)
{
	return how == access::async ? "async" : "sync";
}

} // namespace dmpoll
