// SPDX-License-Identifier: GPL-2.0
#include "report/gnuplot.hpp"

#include "bench/child.hpp"
#include "bench/files.hpp"

#include "lib/error.hpp"
#include "lib/text.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <system_error>

namespace dmpoll
{

namespace
{

child_result run_gnuplot(const std::string &script)
{
	try {
		return run_child({"gnuplot"}, {.input = script});
	} catch (const std::system_error &error) {
		throw_errno(error.code().value(), "cannot run gnuplot, which draws the plots; "
						  "install the package gnuplot-nox");
	}
}

} // namespace

void draw_plot(const std::string &script, const std::filesystem::path &file)
{
	const child_result gnuplot = run_gnuplot(script);

	if (!gnuplot.ok() || gnuplot.output.find("</svg>") == std::string::npos)
		throw std::runtime_error(fmt::format("gnuplot could not draw {}: {}: {}",
						     file.string(), gnuplot.ending(),
						     trim(gnuplot.errors)));
	write_file(file, gnuplot.output);
}

std::string gnuplot_quoted(const std::string &text)
{
	std::string out = "'";

	for (char c : text)
		out += c == '\'' ? std::string("''") : std::string(1, c);
	return out + "'";
}

std::string gnuplot_block(const std::string &name, const std::string &rows)
{
	return fmt::format("${} << EOD\n{}EOD\n", name, rows);
}

} // namespace dmpoll
