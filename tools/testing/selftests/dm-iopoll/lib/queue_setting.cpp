// SPDX-License-Identifier: GPL-2.0
#include "queue_setting.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "error.hpp"
#include "fd.hpp"
#include "queue_stats.hpp"
#include "text.hpp"

namespace dmpoll
{

namespace
{

std::string path_of(const std::string &disk, const std::string &attribute)
{
	return fmt::format("/sys/class/block/{}/queue/{}", whole_disk(disk), attribute);
}

// "none [mq-deadline] kyber" means the one in brackets.
std::string current_value(const std::string &text)
{
	auto open = text.find('['), close = text.find(']');

	return open == text.npos ? text : text.substr(open + 1, close - open - 1);
}

} // namespace

int try_set_queue(const std::string &disk, const std::string &attribute, const std::string &value)
{
	auto file = open_file(path_of(disk, attribute), O_WRONLY);

	return ::write(file.get(), value.data(), value.size()) < 0 ? errno : 0;
}

std::string read_queue_text(const std::string &disk, const std::string &attribute)
{
	return trim(read_text(path_of(disk, attribute)));
}

queue_setting::queue_setting(std::string disk, std::string attribute)
    : disk_(std::move(disk)),
      attribute_(std::move(attribute)),
      before_(current_value(read_queue_text(disk_, attribute_)))
{
}

queue_setting::~queue_setting()
{
	try {
		if (current_value(read_queue_text(disk_, attribute_)) != before_)
			set(before_);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "# %s\n", error.what());
	}
}

void queue_setting::set(const std::string &value)
{
	if (int err = try_set_queue(disk_, attribute_, value))
		throw_errno(err, fmt::format("write {} to {}", value, path_of(disk_, attribute_)));
}

} // namespace dmpoll
