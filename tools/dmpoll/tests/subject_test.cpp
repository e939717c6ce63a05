// SPDX-License-Identifier: GPL-2.0
#include "tests/made_machine.hpp"

#include "check/subject.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <system_error>

using namespace dmpoll;

namespace
{

file_roots roots_of(made_machine &machine)
{
	return machine.sources().roots;
}

std::string number_of(const std::filesystem::path &path)
{
	struct stat status = {};

	EXPECT_EQ(::stat(path.c_str(), &status), 0);
	return fmt::format("{}:{}", major(status.st_dev), minor(status.st_dev));
}

int errno_of(const std::string &argument, const file_roots &roots)
{
	try {
		find_subject(argument, roots);
	} catch (const std::system_error &error) {
		EXPECT_NE(std::string(error.what()).find(argument), std::string::npos);
		return error.code().value();
	}
	return 0;
}

} // namespace

TEST(mountinfo, a_line)
{
	const auto entry =
		parse_mount("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw");

	ASSERT_TRUE(entry);
	EXPECT_EQ(entry->number, "98:0");
	EXPECT_EQ(entry->point, "/mnt 2");
	EXPECT_EQ(entry->type, "ext3");
	EXPECT_EQ(entry->source, "/dev/root");
}

TEST(mountinfo, nonsense)
{
	for (const char *line : {"", "-", "- - - -", "1 2 3 4 5", "1 2 3 4 5 -", "1 2 3 4 5 - x",
				 "1 - a b c", "\\", "1 2 3 4 5 - \\ \\9 \\77777"})
		EXPECT_NO_THROW(parse_mount(line)) << line;
	EXPECT_FALSE(parse_mount("1 2 3 4 5 6"));
	EXPECT_FALSE(parse_mount("1 2 3 4 5 - ext4"));
}

TEST(subject, names_that_people_use)
{
	made_machine machine;

	for (const char *path :
	     {"nvme0n1", "mapper/home", "mapper/my--vg-the--lv", "disk/by-uuid/12-34", "vg/lv"})
		machine.write("dev", path, "");
	const std::string dev = machine.path("dev").string();

	EXPECT_EQ(path_of_name("nvme0n1", dev), dev + "/nvme0n1");
	EXPECT_EQ(path_of_name("home", dev), dev + "/mapper/home");
	EXPECT_EQ(path_of_name("my-vg/the-lv", dev), dev + "/mapper/my--vg-the--lv");
	EXPECT_EQ(path_of_name("vg/lv", dev), dev + "/vg/lv");
	EXPECT_EQ(path_of_name("UUID=12-34", dev), dev + "/disk/by-uuid/12-34");
	EXPECT_EQ(path_of_name("UUID=56", dev), "UUID=56");
	EXPECT_EQ(path_of_name("/dev/null", dev), "/dev/null");
	EXPECT_EQ(path_of_name("nothing", dev), "nothing");
}

TEST(subject, a_file_and_a_directory_on_a_disk)
{
	made_machine machine;

	machine.add_nvme("nvme0");
	machine.write("data", "file", "x");
	const std::string number = number_of(machine.path("data"));

	machine.write("sys", "dev/block/README", "");
	std::filesystem::create_directory_symlink(machine.path("sys/class/block/nvme0n1"),
						  machine.path("sys/dev/block/" + number));
	machine.write("proc", "self/mountinfo",
		      fmt::format("1 0 0:1 / /other rw - tmpfs none rw\n"
				  "2 0 {} / /data rw - ext4 /dev/nvme0n1 rw\n"
				  "3 0 0:2 / /later rw - xfs none rw\n",
				  number));
	for (const char *name : {"data/file", "data"}) {
		const subject found = find_subject(machine.path(name), roots_of(machine));

		EXPECT_EQ(found.device, "nvme0n1");
		EXPECT_EQ(found.filesystem, "ext4");
		EXPECT_EQ(found.mount_point, "/data");
		EXPECT_FALSE(found.is_device());
	}
}

TEST(subject, a_file_system_without_a_device)
{
	made_machine machine;
	const std::string number = number_of(machine.path("proc"));

	machine.write("proc", "self/mountinfo",
		      fmt::format("2 0 {} / /data rw - nfs server:/data rw\n", number));
	EXPECT_EQ(errno_of(machine.path("proc"), roots_of(machine)), ENOTBLK);
	machine.write("proc", "self/mountinfo", "\n");
	EXPECT_EQ(errno_of(machine.path("proc"), roots_of(machine)), ENODEV);
}

TEST(subject, what_is_no_device_at_all)
{
	EXPECT_EQ(errno_of("/dev/null", {}), ENOTBLK);
	EXPECT_EQ(errno_of("/no/such/thing", {}), ENOENT);
	EXPECT_EQ(errno_of("", {}), ENOENT);
	EXPECT_EQ(errno_of(std::string(5000, 'x'), {}), ENAMETOOLONG);
}

TEST(subject, no_permission)
{
	made_machine machine;

	machine.write("secret", "file", "x");
	std::filesystem::permissions(machine.path("secret"), std::filesystem::perms(0700));
	const as_nobody nobody;

	EXPECT_EQ(errno_of(machine.path("secret/file"), {}), EACCES);
}
