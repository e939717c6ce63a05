// SPDX-License-Identifier: GPL-2.0
// The kernel's fault injection (Documentation/fault-injection), one fault at a
// time, in the calling task alone.
#pragma once

#include <string>

#include "fd.hpp"

namespace dmpoll
{

// What may fail: all else goes on as ever.
enum class fault_kind {
	memory, // allocations in slabs, and of pages
	bio,    // a bio submitted to the disk given, with EIO
};

// The option that the running kernel lacks, or none.
std::string missing_fault_option(fault_kind);

// Makes a kind of fault possible for as long as it lives.
class possible_faults
{
public:
	// @disk: kernel name, for fault_kind::bio
	possible_faults(fault_kind, const std::string &disk);
	possible_faults(const possible_faults &) = delete;
	possible_faults &operator=(const possible_faults &) = delete;
	~possible_faults();

private:
	void set(bool possible) const;

	fault_kind kind_;
	std::string disk_;
};

// Makes the @nth thing that may fail (1: the next one) do so, if the calling
// task comes that far before end().
class nth_fault
{
public:
	explicit nth_fault(unsigned nth);
	nth_fault(const nth_fault &) = delete;
	nth_fault &operator=(const nth_fault &) = delete;
	~nth_fault();

	// Whether it came that far.
	bool end();

private:
	unique_fd file_;
};

} // namespace dmpoll
