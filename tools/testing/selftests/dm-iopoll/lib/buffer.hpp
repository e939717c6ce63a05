// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace dmpoll
{

// Memory for O_DIRECT: page aligned, zeroed.
class aligned_buffer
{
public:
	static constexpr std::size_t alignment = 4096;

	explicit aligned_buffer(std::size_t size)
	    : size_((size + alignment - 1) / alignment * alignment),
	      data_(static_cast<std::byte *>(std::aligned_alloc(alignment, size_)), std::free)
	{
		if (!data_)
			throw std::bad_alloc();
		std::fill_n(data_.get(), size_, std::byte{0});
	}

	// @length bytes from byte @start on.
	std::span<std::byte> slice(std::size_t start, std::size_t length) const
	{
		return std::span(data_.get(), size_).subspan(start, length);
	}
	std::span<std::byte> all() const { return {data_.get(), size_}; }

private:
	std::size_t size_;
	std::unique_ptr<std::byte[], decltype(&std::free)> data_;
};

} // namespace dmpoll
