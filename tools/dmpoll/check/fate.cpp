// SPDX-License-Identifier: GPL-2.0
#include "check/fate.hpp"

namespace dmpoll
{

std::string polling_text(polling p)
{
	switch (p) {
	case polling::yes:
		return "polled";
	case polling::no:
		return "not polled";
	case polling::unknown:
		break;
	}
	return "cannot tell";
}

std::string fate_text(io_fate fate)
{
	switch (fate) {
	case io_fate::polled:
		return "is polled for";
	case io_fate::interrupt:
		return "completes by interrupt";
	case io_fate::refused:
		return "is refused with EOPNOTSUPP";
	case io_fate::stalls:
		return "ends only with the driver's timeout";
	case io_fate::waits:
		return "waits until the device is resumed";
	case io_fate::unknown:
		break;
	}
	return "completes by interrupt, or is refused";
}

std::string fate_name(io_fate fate)
{
	switch (fate) {
	case io_fate::polled:
		return "polled";
	case io_fate::interrupt:
		return "interrupt";
	case io_fate::refused:
		return "refused";
	case io_fate::stalls:
		return "stalls";
	case io_fate::waits:
		return "waits";
	case io_fate::unknown:
		break;
	}
	return "unknown";
}

polling verdict_of(io_fate fate)
{
	if (fate == io_fate::polled)
		return polling::yes;
	return fate == io_fate::unknown || fate == io_fate::waits ? polling::unknown : polling::no;
}

} // namespace dmpoll
