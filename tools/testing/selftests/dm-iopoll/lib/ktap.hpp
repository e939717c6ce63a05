// SPDX-License-Identifier: GPL-2.0
// Writes KTAP version 1, one flat level: a line per test. What runs the
// driver on several machines can nest the whole output under its own.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace dmpoll
{

struct test_counts {
	unsigned passed = 0;
	unsigned failed = 0;
	unsigned skipped = 0;
};

class ktap_writer
{
public:
	// Writes to stdout and, when @log is not empty, the same into that file.
	explicit ktap_writer(const std::string &log);

	void plan(std::size_t tests);
	void skip_all(const std::string &reason); // instead of a plan
	void passed(const std::string &name);
	void failed(const std::string &name);
	void skipped(const std::string &name, const std::string &reason);
	void bail_out(const std::string &reason);
	// Every line of @text as a diagnostic.
	void note(const std::string &text);
	void totals();

	const test_counts &counts() const { return counts_; }

private:
	void line(const std::string &text);
	void header();

	using file_ptr = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

	file_ptr log_;
	bool begun_ = false;
	unsigned number_ = 0;
	test_counts counts_;
};

} // namespace dmpoll
