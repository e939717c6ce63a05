// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "check/check.hpp"
#include "prove/proof.hpp"

#include <cstdint>
#include <string>

namespace dmpoll
{

struct prove_options {
	std::string argument{};
	std::uint32_t reads = 64; // in each way
	std::uint32_t depth = 8;  // of the ring
	bool dangerous = false;   // though it may crash the machine
};

// All that `dmpoll prove` knows at its end.
struct prove_result {
	prove_options asked{};
	check_result expected{}; // what looking at the stack says
	proof_record record{};
	bool ended = true; // false: some read never did, and record is what went before
	proof_verdict async{};
	proof_verdict sync{};

	polling verdict() const { return ended ? verdict_of(async.fate) : polling::no; }
	// Looking and measuring say the same, as far as they say something.
	bool agrees() const;
};

// Reads from the device or file, never writes, in a process of its own: it ends in bounded time
// (about a minute and a half at worst), whatever the device does.
//
// Throws std::system_error, naming thing, cause and cure, when nothing can be read: as check(), a
// directory, no permission, a suspended device, too small, no O_DIRECT, no io_uring.
prove_result prove(const prove_options &options);

std::string prove_text(const prove_result &result, const text_options &options);

// The schema is in dmpoll(1).
std::string prove_json(const prove_result &result);

// "polled: 64 reads, ...", "not polled: spinning on interrupts: ..."
std::string sentence_of(const prove_result &result);

} // namespace dmpoll
