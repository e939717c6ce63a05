// SPDX-License-Identifier: GPL-2.0
#include "cgroup.hpp"

#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.hpp"
#include "lib/text.hpp"
#include "lib/verdict.hpp"

namespace dmpoll
{

namespace
{

bool enable(const std::string &root, const std::string &controller)
{
	try {
		write_text(root + "/cgroup.subtree_control", "+" + controller);
		return true;
	} catch (const std::system_error &) {
		return false;
	}
}

} // namespace

cgroup::cgroup(const std::string &name, const std::string &controller)
    : root_("cgroup2", "none"), path_(root_.path() + "/" + name)
{
	if (!enable(root_.path(), controller))
		throw skip_test{fmt::format(
			"needs the {} controller in cgroup v2: build the "
			"kernel with {}, and do not mount that controller of "
			"v1",
			controller, controller == "io" ? "CONFIG_BLK_CGROUP" : "CONFIG_MEMCG")};
	check_errno(::mkdir(path_.c_str(), 0700), "make the cgroup " + path_);
}

cgroup::~cgroup()
{
	::rmdir(path_.c_str());
}

bool cgroup::has(const std::string &file) const
{
	return ::access((path_ + "/" + file).c_str(), F_OK) == 0;
}

std::string cgroup::get(const std::string &file) const
{
	return read_text(path_ + "/" + file);
}

void cgroup::set(const std::string &file, const std::string &value) const
{
	write_text(path_ + "/" + file, value);
}

void cgroup::enter() const
{
	set("cgroup.procs", "0");
}

} // namespace dmpoll
