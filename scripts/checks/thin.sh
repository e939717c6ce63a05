#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Hooks in existing kernel code are few; logic lives in new files. Counted apart:
# the fixes at the beginning of the series, which nothing but a hunk can make,
# and all that polling of device-mapper takes. Documentation and build files do
# not count.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# changed_lines: of C files, in the mails on stdin.
changed_lines() {
	(cd "$series_dir" && xargs cat) |
		awk '/^diff --git/ { code = /\.[ch]$/ } code && /^[+-]/ && !/^(\+\+\+|---)/ { n++ } END { print n + 0 }'
}

fixes=$(base_value fixes)
lines=$(mails | tail -n "+$((fixes + 1))" | changed_lines)
echo "changed lines in existing C files: $lines, wanted: under 170"
fix_lines=$(mails | head -n "$fixes" | changed_lines)
echo "of the fixes: $fix_lines, wanted: under 390"
((lines < 170 && fix_lines < 390))
