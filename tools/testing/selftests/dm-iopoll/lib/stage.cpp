// SPDX-License-Identifier: GPL-2.0
#include "stage.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>

#include <sys/mman.h>

#include "error.hpp"

namespace dmpoll
{

namespace
{

struct shared_texts {
	char stage[256] = "";
	char place[4096] = "";
};

shared_texts private_texts;
shared_texts *texts = &private_texts;

template <std::size_t size> void store(char (&to)[size], const std::string &text)
{
	std::strncpy(to, text.c_str(), size - 1);
}

template <std::size_t size> std::string load(const char (&from)[size])
{
	return {from, ::strnlen(from, size - 1)};
}

} // namespace

void share_stage()
{
	void *memory = ::mmap(nullptr, sizeof(shared_texts), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		throw_errno(errno, "map memory shared with the watchdog");
	texts = new (memory) shared_texts;
}

void clear_stage()
{
	set_stage("starting");
	set_place("");
}

void set_stage(const std::string &text)
{
	store(texts->stage, text);
}

std::string current_stage()
{
	return load(texts->stage);
}

void set_place(const std::string &text)
{
	store(texts->place, text);
}

std::string current_place()
{
	return load(texts->place);
}

} // namespace dmpoll
