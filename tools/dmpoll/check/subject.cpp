// SPDX-License-Identifier: GPL-2.0
#include "check/subject.hpp"

#include "check/refusal.hpp"

#include "lib/disk.hpp"
#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>

namespace dmpoll
{

namespace fs = std::filesystem;

namespace
{

struct stat stat_of(const std::string &argument)
{
	struct stat status;

	if (::stat(argument.c_str(), &status) == 0)
		return status;
	const int err = errno;

	if (err == EACCES)
		throw_errno(err, fmt::format("may not look at {}; {}", argument,
					     why_not_readable(look_for_refusals())));
	throw_errno(err, fmt::format("cannot look at {}; name a block device, a file or a mount "
				     "point that exists (lsblk lists block devices)",
				     argument));
}

// As dm names a logical volume: a dash of a name is doubled.
std::string dm_name_of_volume(const std::string &name)
{
	std::string out;

	for (const char c : name)
		out += c == '-' ? "--" : c == '/' ? "-" : std::string(1, c);
	return out;
}

// "UUID=..." is a name in disk/by-uuid.
std::optional<std::string> path_of_tag(const std::string &name)
{
	for (const char *tag : {"UUID", "LABEL", "PARTUUID", "PARTLABEL"})
		if (name.starts_with(std::string(tag) + "=")) {
			std::string directory = tag;

			std::ranges::transform(directory, directory.begin(),
					       [](unsigned char c) { return std::tolower(c); });
			return "disk/by-" + directory + "/" + name.substr(name.find('=') + 1);
		}
	return std::nullopt;
}

std::optional<std::string> name_of_number(const std::string &number, const file_roots &roots)
{
	std::error_code error;
	const fs::path directory = fs::canonical(roots.sysfs + "/dev/block/" + number, error);

	return error ? std::nullopt : std::optional(directory.filename().string());
}

std::string octal_unescaped(const std::string &text)
{
	std::string out;

	for (std::size_t at = 0; at < text.size(); at++) {
		const std::string digits = text.substr(at + 1, 3);

		if (text[at] == '\\' && digits.size() == 3 &&
		    digits.find_first_not_of("01234567") == digits.npos) {
			out += static_cast<char>(std::stoi(digits, nullptr, 8));
			at += 3;
		} else {
			out += text[at];
		}
	}
	return out;
}

// The last one, when mounts lie upon each other.
mount_entry find_mount(const std::string &number, const std::string &argument,
		       const file_roots &roots)
{
	const std::string path = roots.procfs + "/self/mountinfo";
	std::optional<mount_entry> found;

	for (const std::string &line : split_lines(read_text(path)))
		if (auto entry = parse_mount(line); entry && entry->number == number)
			found = entry;
	if (!found)
		throw_errno(ENODEV,
			    fmt::format("{} is on a file system that {} does not list; name "
					"the block device it is on",
					argument, path));
	return *found;
}

// Of file systems with several devices, or subvolumes, only the source of the mount tells.
std::string device_of_mount(const mount_entry &mount, const std::string &argument,
			    const file_roots &roots)
{
	struct stat status;

	if (const auto name = name_of_number(mount.number, roots))
		return *name;
	if (mount.source.starts_with("/") && ::stat(mount.source.c_str(), &status) == 0 &&
	    S_ISBLK(status.st_mode))
		if (const auto name = name_of_number(device_number(status.st_rdev), roots))
			return *name;
	throw_errno(ENOTBLK,
		    fmt::format("{} is on {} ({}), which has no block device below it; only IO to "
				"block devices, and to files on them, can be polled",
				argument, mount.point, mount.type));
}

} // namespace

std::string path_of_name(const std::string &name, const std::string &dev)
{
	std::error_code error;
	std::vector<std::string> guesses{name, "mapper/" + name,
					 "mapper/" + dm_name_of_volume(name)};

	if (name.empty() || name.starts_with("/") || fs::exists(name, error))
		return name;
	if (const auto tagged = path_of_tag(name))
		guesses = {*tagged};
	for (const std::string &guess : guesses)
		if (fs::exists(dev + "/" + guess, error))
			return dev + "/" + guess;
	return name;
}

std::optional<mount_entry> parse_mount(const std::string &line)
{
	const std::vector<std::string> words = split_words(line);
	const auto dash = std::ranges::find(words, "-");

	if (words.size() < 5 || words.end() - dash < 4)
		return std::nullopt;
	return mount_entry{.number = words[2],
			   .point = octal_unescaped(words[4]),
			   .type = octal_unescaped(dash[1]),
			   .source = octal_unescaped(dash[2])};
}

subject find_subject(const std::string &argument, const file_roots &roots)
{
	subject found{.argument = argument, .path = path_of_name(argument)};
	const struct stat status = stat_of(found.path);

	if (S_ISBLK(status.st_mode)) {
		const auto name = name_of_number(device_number(status.st_rdev), roots);

		if (!name)
			throw_errno(ENODEV, fmt::format("{} is the node of a device that is not "
							"there ({}); is it a leftover?",
							argument, device_number(status.st_rdev)));
		found.device = *name;
		return found;
	}
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		throw_errno(ENOTBLK,
			    fmt::format("{} is not a block device, nor a file or directory "
					"on one; lsblk lists block devices",
					argument));
	const mount_entry mount = find_mount(device_number(status.st_dev), argument, roots);

	found.device = device_of_mount(mount, argument, roots);
	found.filesystem = mount.type;
	found.mount_point = mount.point;
	return found;
}

} // namespace dmpoll
