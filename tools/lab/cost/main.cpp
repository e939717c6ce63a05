// SPDX-License-Identifier: GPL-2.0
// cost-report OUT KERNEL=DIR...: report.json, report.md and plots of what make bench counted. A
// kernel may be named more than once: its cells come together.
#include "report.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace
{

cost::kernel_costs &kernel_of(std::vector<cost::kernel_costs> &all, const std::string &name)
{
	for (auto &one : all)
		if (one.kernel == name)
			return one;
	all.push_back({name, {}});
	return all.back();
}

} // namespace

int main(int argc, char **argv)
try {
	std::vector<cost::kernel_costs> all;
	if (argc < 3)
		throw std::runtime_error("usage: cost-report OUT KERNEL=DIR...");
	for (int i = 2; i < argc; ++i) {
		const std::string word = argv[i];
		const auto equals = word.find('=');
		cost::read_costs(word.substr(equals + 1), kernel_of(all, word.substr(0, equals)));
	}
	const std::filesystem::path out = argv[1];
	std::ofstream(out / "report.json") << cost::report_json(all);
	std::ofstream(out / "report.md") << cost::report_markdown(all);
	cost::plot_all(all, out);
	for (const auto &bar : cost::all_bars(all))
		if (!bar.holds())
			std::cout << "missed: " << bar.what << ": " << bar.got
				  << ", wanted at most " << bar.wanted << '\n';
	return 0;
} catch (const std::exception &error) {
	std::cerr << "cost-report: " << error.what() << '\n';
	return 1;
}
