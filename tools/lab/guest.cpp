// SPDX-License-Identifier: GPL-2.0
#include "guest.hpp"
#include "channels.hpp"
#include "failure.hpp"
#include "process.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace lab
{

namespace
{

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Blocked tasks, all tasks, what the CPUs do.
constexpr std::string_view dump_keys = "wtl";
constexpr auto pause_between_keys = 300ms;
// A dump of all tasks takes its time on an emulated 115200 baud line.
constexpr auto time_for_dump = 8s;
constexpr auto time_to_finish = 20s;

// QEMU may be gone already; its end is seen, and judged, elsewhere.
void tell(const unique_fd &channel, std::string_view text)
{
	try {
		if (channel)
			write_all(channel.get(), text);
	} catch (const std::system_error &e) {
		if (e.code() != std::errc::broken_pipe && e.code() != std::errc::connection_reset)
			throw;
	}
}

// It must fit what a socket takes at once: QEMU reads it only when the guest asks for it.
void check_job_size(const guest_job &job)
{
	constexpr std::size_t most = 100 << 10;
	if (const auto size = encode_job(job).size(); size > most)
		throw failure(std::errc::argument_list_too_long,
			      fmt::format("The command for the guest takes {} bytes, more than "
					  "{}. Put it in a script, which the guest can read.",
					  size, most));
}

class watcher
{
public:
	explicit watcher(guest_options options);
	guest_outcome run();

private:
	void start();
	void enter(guest_state state);
	void wait_for_news();
	void drain();
	void drain_console();
	void write_console(const std::string &text);
	void drain_output();
	void drain_status();
	void take_status_line(const std::string &line);
	void relay_requests();
	void relay_terminal();
	void interrupt(int signal);
	void check_signals();
	void check_limits();
	void begin_dump(guest_limit limit);
	void continue_dump();
	void kill_guest();
	void finish();
	clock::time_point next_deadline() const;

	guest_options options_;
	guest_channels channels_;
	unique_fd console_file_;
	unique_fd signals_ = make_signal_fd({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
	std::optional<child> qemu_;
	std::optional<raw_terminal> raw_; // while the command has the terminal
	unique_fd keyboard_;              // likewise
	guest_outcome outcome_;
	guest_state state_ = guest_state::booting;
	std::string status_text_;
	bool asked_ = false; // the guest has used its request port
	std::size_t keys_sent_ = 0;
	clock::time_point started_, last_news_, state_since_, next_key_;
};

watcher::watcher(guest_options options)
    : options_(std::move(options)), console_file_(open_console_file(options_.console_file))
{
	outcome_.console = console_scan(options_.allowed_log);
	check_job_size(options_.job);
	// QEMU may be gone when we write: that must be an error, not our end.
	std::signal(SIGPIPE, SIG_IGN);
}

void watcher::start()
{
	options_.shape.channels = channels_.describe(options_.job.terminal);
	started_ = last_news_ = state_since_ = clock::now();
	try {
		qemu_.emplace(channels_.options_for(qemu_argv(options_.shape)));
	} catch (const std::system_error &e) {
		throw failure(e.code().value(),
			      fmt::format("{} cannot be started: {}. Install it with `apt-get "
					  "install qemu-system-x86`, or put it on PATH.",
					  options_.shape.qemu.string(), e.code().message()));
	}
	channels_.drop_theirs();
	tell(channels_.qmp.ours, "{\"execute\":\"qmp_capabilities\"}\n");
	tell(channels_.status.ours, encode_job(options_.job));
	enter(guest_state::booting);
}

void watcher::enter(guest_state state)
{
	state_ = state;
	state_since_ = clock::now();
	raw_.reset();
	keyboard_.reset();
	if (state == guest_state::running && options_.job.terminal) {
		keyboard_ = unique_fd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
		raw_.emplace();
	}
	if (options_.on_state)
		options_.on_state(state);
}

guest_outcome watcher::run()
{
	start();
	while (!qemu_->poll()) {
		wait_for_news();
		drain();
		check_signals();
		check_limits();
	}
	finish();
	return std::move(outcome_);
}

clock::time_point watcher::next_deadline() const
{
	switch (state_) {
	case guest_state::dumping:
		return next_key_;
	case guest_state::finishing:
		return state_since_ + time_to_finish;
	default:
		return std::min(last_news_ + options_.silence, started_ + options_.total);
	}
}

void watcher::wait_for_news()
{
	std::array<pollfd, 9> fds{};
	std::size_t count = 0;
	// A closed channel would wake us for ever: a negative descriptor is ignored.
	for (const auto *fd :
	     {&channels_.output.ours, &channels_.status.ours, &channels_.request.ours,
	      &channels_.qmp.ours, &channels_.console.ours, &channels_.errors.ours, &signals_,
	      &channels_.terminal.ours, &keyboard_})
		fds[count++] = {.fd = fd->get(), .events = POLLIN, .revents = 0};
	const auto left =
		std::chrono::ceil<std::chrono::milliseconds>(next_deadline() - clock::now());
	::poll(fds.data(), fds.size(), static_cast<int>(std::clamp(left, 0ms, 1000ms).count()));
}

void watcher::drain()
{
	drain_console();
	drain_output();
	drain_status();
	relay_requests();
	relay_terminal();
	read_available(channels_.errors.ours, outcome_.qemu_errors);
}

void watcher::drain_console()
{
	std::string text;
	read_available(channels_.console.ours, text);
	if (text.empty())
		return;
	last_news_ = clock::now();
	std::erase(text, '\r');
	write_console(text);
	// What the dump prints is for a person; the limit has decided the run already.
	if (state_ != guest_state::dumping)
		outcome_.console.feed(text);
}

void watcher::write_console(const std::string &text)
{
	try {
		write_all(console_file_.get(), text);
	} catch (const std::system_error &e) {
		throw failure(e.code().value(),
			      fmt::format("The console file {} cannot be written any more: {}. "
					  "Free some space, or name another one with --console.",
					  options_.console_file.string(), e.code().message()));
	}
}

void watcher::drain_output()
{
	std::string text;
	read_available(channels_.output.ours, text);
	if (text.empty())
		return;
	last_news_ = clock::now();
	if (options_.on_output)
		options_.on_output(text);
}

void watcher::drain_status()
{
	read_available(channels_.status.ours, status_text_);
	for (auto end = status_text_.find('\n'); end != std::string::npos;
	     end = status_text_.find('\n')) {
		const auto line = status_text_.substr(0, end);
		status_text_.erase(0, end + 1);
		take_status_line(line);
	}
}

int number_after(const std::string &line, std::string_view word)
{
	int value = -1;
	std::from_chars(line.data() + word.size(), line.data() + line.size(), value);
	return value;
}

void watcher::take_status_line(const std::string &line)
{
	last_news_ = clock::now();
	if (line == "ready") {
		outcome_.boot = std::chrono::ceil<std::chrono::milliseconds>(last_news_ - started_);
		enter(guest_state::running);
		return;
	}
	if (line.starts_with("exit "))
		outcome_.exit_code = number_after(line, "exit ");
	else if (line.starts_with("signal "))
		outcome_.signal = number_after(line, "signal ");
	else
		outcome_.guest_error = line;
	if (state_ != guest_state::dumping)
		enter(guest_state::finishing);
}

// A command in the guest may drive the machine (device_del and so on) in QEMU's own protocol.
void watcher::relay_requests()
{
	std::string text;
	auto &guest = channels_.request.ours;
	auto &qmp = channels_.qmp.ours;
	read_available(guest, text);
	if (qmp && !text.empty()) {
		asked_ = true;
		tell(qmp, text);
	}
	text.clear();
	read_available(qmp, text);
	// Not before the first question: whoever asks must not read stale news first. Nobody may be
	// listening in there; answers that find no room are dropped.
	if (guest && asked_ && !text.empty()) [[maybe_unused]]
		const auto put = write(guest.get(), text.data(), text.size());
}

void watcher::check_signals()
{
	while (const auto signal = take_signal(signals_)) {
		if (*signal == SIGCHLD)
			continue;
		interrupt(*signal);
	}
}

void watcher::interrupt(int signal)
{
	outcome_.interrupted = signal;
	qemu_->signal_group(SIGTERM);
	enter(guest_state::finishing);
}

void watcher::relay_terminal()
{
	std::string keys, text;
	// One read when there is something: our stdin must stay blocking for whoever shares it.
	pollfd waiting{.fd = keyboard_.get(), .events = POLLIN, .revents = 0};
	if (::poll(&waiting, 1, 0) > 0 && read_some(keyboard_, keys) == read_result::closed)
		keyboard_.reset();
	if (keys.find(end_key) != keys.npos)
		interrupt(SIGTERM);
	if (!keys.empty())
		tell(channels_.terminal.ours, keys);
	read_available(channels_.terminal.ours, text);
	if (!text.empty() && options_.on_output)
		options_.on_output(text);
}

void watcher::check_limits()
{
	const auto now = clock::now();
	if (now < next_deadline())
		return;
	if (state_ == guest_state::dumping)
		continue_dump();
	else if (state_ == guest_state::finishing)
		kill_guest();
	else
		begin_dump(now >= started_ + options_.total ? guest_limit::total
							    : guest_limit::silence);
}

void watcher::begin_dump(guest_limit limit)
{
	outcome_.limit = limit;
	if (!options_.dump)
		return kill_guest();
	next_key_ = clock::now();
	enter(guest_state::dumping);
}

void watcher::continue_dump()
{
	next_key_ = clock::now() + pause_between_keys;
	if (keys_sent_ == 2 * dump_keys.size())
		return kill_guest();
	const bool key = keys_sent_ % 2 != 0;
	tell(channels_.keys.ours,
	     key ? dump_keys.substr(keys_sent_ / 2, 1) : std::string_view(serial_break));
	if (++keys_sent_ == 2 * dump_keys.size())
		next_key_ = clock::now() + time_for_dump;
}

void watcher::kill_guest()
{
	qemu_->signal_group(SIGKILL);
	enter(guest_state::finishing);
}

// QEMU is gone; what it wrote last may still be in the pipes.
void watcher::finish()
{
	for (int round = 0; round < 1000 && (channels_.console.ours || channels_.output.ours ||
					     channels_.status.ours);
	     ++round)
		drain();
	outcome_.console.finish();
	outcome_.qemu_status = *qemu_->poll();
	outcome_.elapsed = std::chrono::ceil<std::chrono::milliseconds>(clock::now() - started_);
	enter(guest_state::ended);
}

} // namespace

std::string_view name_of(guest_state state)
{
	switch (state) {
	case guest_state::booting:
		return "booting";
	case guest_state::running:
		return "running";
	case guest_state::finishing:
		return "finishing";
	case guest_state::dumping:
		return "dumping";
	default:
		return "ended";
	}
}

guest_outcome run_guest(guest_options options)
{
	return watcher(std::move(options)).run();
}

} // namespace lab
