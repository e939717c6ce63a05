// SPDX-License-Identifier: GPL-2.0
#include "check_process.hpp"
#include "failure.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace lab
{

namespace
{

constexpr std::size_t tail_lines = 10;
// A launcher that is asked to end needs a moment to end its guest.
constexpr auto grace = std::chrono::seconds(5);

} // namespace

check_process::check_process(std::filesystem::path log, line_sink on_line)
    : log_path_(std::move(log)), on_line_(std::move(on_line))
{
	log_ = unique_fd(open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	if (!log_)
		throw failure(errno, fmt::format("The log {} cannot be written: {}. Name another "
						 "directory with --results.",
						 log_path_.string(), strerror(errno)));
}

void check_process::start(const std::vector<std::string> &argv,
			  const std::map<std::string, std::string> &env,
			  const std::string &shell_words, std::chrono::seconds limit)
{
	auto out = make_output_pipe(), err = make_output_pipe();
	write_all(log_.get(), fmt::format("$ {}\n", shell_words));
	// The console of a guest that the check starts belongs beside the check's log.
	console_ = log_path_;
	console_.replace_extension(++starts_ > 1 ? fmt::format("{}.console", starts_) : "console");
	std::vector<std::string> words{"LAB_CONSOLE=" + console_.string()};
	for (const auto &[name, value] : env)
		words.push_back(name + "=" + value);
	asked_to_end_.reset();
	limit_reached_ = false;
	limit_ = limit;
	started_ = clock::now();
	try {
		child_.emplace(child_options{.argv = argv,
					     .out = out.theirs.get(),
					     .err = err.theirs.get(),
					     .env = std::move(words)});
	} catch (const std::system_error &e) {
		start_error_ = fmt::format("cannot be started: {}", e.what());
	}
	out_ = std::move(out.ours);
	err_ = std::move(err.ours);
}

check_process::clock::time_point check_process::deadline() const
{
	return asked_to_end_ ? *asked_to_end_ + grace : started_ + limit_;
}

std::optional<int> check_process::status()
{
	return child_ ? child_->poll() : std::nullopt;
}

bool check_process::step()
{
	drain();
	// A descendant may hold the pipes for ever: what counts is the process we started.
	if (child_ && !child_->poll()) {
		enforce_limit();
		return false;
	}
	if (child_)
		child_->signal_group(SIGKILL);
	drain();
	for (auto *partial : {&err_partial_, &out_partial_})
		if (!partial->empty())
			take_line(std::exchange(*partial, {}), partial == &out_partial_);
	return true;
}

void check_process::ask_to_end()
{
	const int signal = asked_to_end_ ? SIGKILL : SIGTERM;
	asked_to_end_ = clock::now();
	if (child_)
		child_->signal_group(signal);
}

void check_process::enforce_limit()
{
	if (clock::now() < deadline())
		return;
	limit_reached_ = true;
	ask_to_end();
}

void check_process::drain()
{
	read_available(err_, err_partial_);
	take_lines(err_partial_, false);
	read_available(out_, out_partial_);
	take_lines(out_partial_, true);
}

void check_process::take_lines(std::string &partial, bool from_stdout)
{
	for (auto end = partial.find('\n'); end != partial.npos; end = partial.find('\n')) {
		const auto line = partial.substr(0, end);
		partial.erase(0, end + 1);
		take_line(line, from_stdout);
	}
}

void check_process::take_line(const std::string &line, bool from_stdout)
{
	write_all(log_.get(), line + "\n");
	tail_.push_back(line);
	if (tail_.size() > tail_lines)
		tail_.pop_front();
	on_line_(line, from_stdout);
}

} // namespace lab
