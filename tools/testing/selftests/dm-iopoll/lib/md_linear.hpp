// SPDX-License-Identifier: GPL-2.0
// Linear arrays of md with a superblock on each member: such a one can grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "made_disk.hpp"

namespace dmpoll
{

class md_linear
{
public:
	// Where the data of each member begin; the superblock lies before them.
	static constexpr std::uint64_t data_offset = 64; // sectors

	// Writes superblocks to @members, which have @length sectors of data each,
	// and starts the array. Kernel names; the disk is "md_NAME".
	md_linear(const std::string &name, const std::vector<std::string> &members,
		  std::uint64_t length);

	// Makes the running array longer by one more member.
	void add(const std::string &member);

	const md_array &array() const { return array_; }

private:
	// That of member @number of @count.
	void write_superblock(const std::string &member, std::size_t number,
			      std::size_t count) const;

	md_array array_;
	std::uint64_t length_;
	std::size_t count_;
};

} // namespace dmpoll
