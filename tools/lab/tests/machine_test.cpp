// SPDX-License-Identifier: GPL-2.0
#include "guest_job.hpp"
#include "machine.hpp"
#include "process.hpp"

#include <algorithm>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab
{
namespace
{

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

machine small_machine()
{
	return {.kernel = "/k/bzImage", .init = "/b/guest-init"};
}

// The value after an option, for its n-th appearance.
std::string value_of(const std::vector<std::string> &argv, const std::string &option)
{
	const auto at = std::find(argv.begin(), argv.end(), option);
	return at == argv.end() || at + 1 == argv.end() ? "" : *(at + 1);
}

TEST(machine_argv, names_kernel_cpus_and_memory)
{
	auto m = small_machine();
	m.cpus = 3;
	m.memory_mib = 512;
	const auto argv = qemu_argv(m);
	EXPECT_EQ(value_of(argv, "-kernel"), "/k/bzImage");
	EXPECT_EQ(value_of(argv, "-smp"), "3");
	EXPECT_EQ(value_of(argv, "-m"), "512M");
	EXPECT_THAT(argv, Contains("-no-reboot"));
	EXPECT_THAT(argv, Not(Contains("-initrd")));
}

TEST(machine_argv, hands_over_an_initrd)
{
	auto m = small_machine();
	m.initrd = "/k/initrd";
	EXPECT_EQ(value_of(qemu_argv(m), "-initrd"), "/k/initrd");
}

TEST(machine_argv, gives_each_disk_a_controller_and_a_slot)
{
	auto m = small_machine();
	m.disks = {"/d/nvme0.img", "/d/nvme1.img"};
	m.nvme_queues = 7;
	const auto argv = qemu_argv(m);
	EXPECT_THAT(argv, Contains("nvme,id=nvme0,serial=lab0,bus=slot0,max_ioqpairs=7,"
				   "drive=disk0"));
	EXPECT_THAT(argv, Contains("nvme,id=nvme1,serial=lab1,bus=slot1,max_ioqpairs=7,"
				   "drive=disk1"));
	EXPECT_THAT(argv, Contains(HasSubstr("file.filename=/d/nvme1.img")));
}

TEST(machine_argv, makes_disks_zoned)
{
	auto m = small_machine();
	m.disks = {"/d/nvme0.img"};
	m.zone_bytes = 1 << 20;
	const auto argv = qemu_argv(m);
	EXPECT_THAT(argv, Contains("nvme,id=nvme0,serial=lab0,bus=slot0,max_ioqpairs=4"));
	EXPECT_THAT(argv,
		    Contains("nvme-ns,bus=nvme0,drive=disk0,zoned=on,zoned.zone_size=1048576"));
}

TEST(machine_argv, gives_each_controller_of_a_subsystem_all_disks)
{
	auto m = small_machine();
	m.disks = {"/d/nvme0.img", "/d/nvme1.img"};
	m.subsystem = true;
	const auto line = shell_line(qemu_argv(m));
	EXPECT_THAT(
		line,
		HasSubstr("nvme,id=nvme1,serial=lab0,bus=slot1,max_ioqpairs=4,subsys=subsystem"));
	EXPECT_LT(line.find("nvme,id=nvme1"), line.find("nvme-ns,bus=nvme0"));
	EXPECT_THAT(line, HasSubstr("nvme-ns,bus=nvme0,drive=disk1,nsid=2,shared=on"));
}

TEST(machine_argv, has_no_disk_when_none_is_asked_for)
{
	EXPECT_THAT(shell_line(qemu_argv(small_machine())), Not(HasSubstr("-device nvme")));
}

TEST(machine_argv, doubles_commas_in_paths)
{
	auto m = small_machine();
	m.disks = {"/d,e/nvme0.img"};
	m.out = "/o,p";
	const auto argv = qemu_argv(m);
	EXPECT_THAT(argv, Contains(HasSubstr("file.filename=/d,,e/nvme0.img")));
	EXPECT_THAT(argv, Contains(HasSubstr("path=/o,,p,")));
}

TEST(machine_argv, shares_the_root_read_only_and_out_writable)
{
	auto m = small_machine();
	m.out = "/o";
	const auto argv = qemu_argv(m);
	EXPECT_THAT(argv, Contains(AllOf(StartsWith("local,id=root"), HasSubstr("readonly=on"))));
	EXPECT_THAT(argv, Contains(AllOf(StartsWith("local,id=out"), Not(HasSubstr("readonly")))));
}

TEST(machine_argv, uses_the_host_cpu_only_under_kvm)
{
	auto m = small_machine();
	EXPECT_NE(value_of(qemu_argv(m), "-cpu"), "host");
	m.accel = accelerator::kvm;
	EXPECT_EQ(value_of(qemu_argv(m), "-cpu"), "host");
	EXPECT_EQ(value_of(qemu_argv(m), "-accel"), "kvm");
}

TEST(machine_argv, puts_own_arguments_last)
{
	auto m = small_machine();
	m.qemu_args = {"-icount", "shift=2"};
	const auto argv = qemu_argv(m);
	EXPECT_EQ(argv.back(), "shift=2");
}

TEST(kernel_parameters, tell_the_rate_of_the_tsc_if_known)
{
	machine m;
	EXPECT_EQ(kernel_parameters(m).find("tsc_early_khz"), std::string::npos);
	m.tsc_khz = 2596000;
	EXPECT_NE(kernel_parameters(m).find(" tsc_early_khz=2596000"), std::string::npos);
}

TEST(kernel_parameters, end_the_guest_on_panic_and_name_poll_queues)
{
	auto m = small_machine();
	m.poll_queues = 3;
	m.append = "extra=1";
	const auto text = kernel_parameters(m);
	EXPECT_THAT(text, HasSubstr("panic=-1"));
	EXPECT_THAT(text, HasSubstr("console=ttyS0"));
	EXPECT_THAT(text, HasSubstr("nvme.poll_queues=3"));
	EXPECT_THAT(text, HasSubstr("init=\"/b/guest-init\""));
	EXPECT_TRUE(text.ends_with(" extra=1"));
}

TEST(shell_line, quotes_what_a_shell_would_read)
{
	EXPECT_EQ(shell_line({"a", "b c", "", "d'e", "$f"}), "a 'b c' '' 'd'\\''e' '$f'");
}

TEST(guest_job, survives_the_way_into_the_guest)
{
	const guest_job job{.argv = {"sh", "-c", "echo a\nb=c", ""},
			    .env = {"A=b=c"},
			    .keep = {"/tmp/x"},
			    .cwd = "/some where",
			    .disks = 3,
			    .out = true};
	const auto copy = decode_job(encode_job(job));
	EXPECT_EQ(copy.argv, job.argv);
	EXPECT_EQ(copy.env, job.env);
	EXPECT_EQ(copy.keep, job.keep);
	EXPECT_EQ(copy.cwd, job.cwd);
	EXPECT_EQ(copy.disks, 3U);
	EXPECT_TRUE(copy.out);
	EXPECT_FALSE(copy.terminal);
}

TEST(guest_job, rejects_what_it_does_not_know)
{
	using namespace std::string_view_literals;
	EXPECT_THROW(decode_job("colour=red\0\0"sv), std::system_error);
	EXPECT_THROW(decode_job("arg=cut short"sv), std::system_error);
}

} // namespace
} // namespace lab
