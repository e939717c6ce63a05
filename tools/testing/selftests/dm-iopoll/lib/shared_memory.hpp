// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cerrno>
#include <new>

#include <sys/mman.h>

#include "error.hpp"

namespace dmpoll
{

// One T that a process and those it forks see alike; T is made of atomics.
template <typename T> class shared_memory
{
public:
	shared_memory()
	{
		void *memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			throw_errno(errno, "map shared memory");
		object_ = new (memory) T;
	}
	shared_memory(const shared_memory &) = delete;
	shared_memory &operator=(const shared_memory &) = delete;
	~shared_memory() { ::munmap(object_, sizeof(T)); }

	T *operator->() const { return object_; }
	T &operator*() const { return *object_; }

private:
	T *object_;
};

} // namespace dmpoll
