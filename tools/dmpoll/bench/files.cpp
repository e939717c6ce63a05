// SPDX-License-Identifier: GPL-2.0
#include "bench/files.hpp"

#include "lib/error.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace dmpoll
{

void write_file(const std::filesystem::path &path, const std::string &text)
{
	const std::filesystem::path draft = path.string() + ".new-" + std::to_string(getpid());

	errno = 0;
	std::ofstream out(draft, std::ios::binary | std::ios::trunc);

	out << text;
	out.close();
	if (!out) {
		const int error = errno ? errno : EIO;
		std::error_code ignored;

		std::filesystem::remove(draft, ignored);
		throw_errno(error, "cannot write " + path.string());
	}
	std::filesystem::rename(draft, path);
}

void make_directory(const std::filesystem::path &path)
{
	std::error_code error;

	std::filesystem::create_directories(path, error);
	if (error)
		throw_errno(error.value(), "cannot make the directory " + path.string());
}

} // namespace dmpoll
