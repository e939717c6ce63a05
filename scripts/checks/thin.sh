#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Hooks in existing kernel code are few; logic lives in new files. Counted apart:
# the fixes at the beginning of the series, which nothing but a hunk can make,
# all that polling of device-mapper takes, and what md and multipath devices take
# at the end. Documentation and build files do not count. With SERIES=6.12 or 7.3:
# the smallest fix of dm, which a stable kernel could take.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# bounded WHAT MOST: the lines of the mails on stdin.
bounded() {
	local lines
	lines=$(changed_lines)
	echo "changed lines in existing C files, $1: $lines, wanted: under $2"
	((lines < $2))
}

fixes=$(base_value fixes)
optional=$(base_value optional)
if [[ ! $optional ]]; then
	mails | head -n "$fixes" | bounded "of the smallest fix" 60
	exit
fi
mails | head -n "$fixes" | bounded "of the fixes" 400
mails | tail -n "+$((fixes + 1))" | head -n "-$optional" | bounded "of dm's polling" 140
mails | tail -n "$optional" | bounded "of md and multipath devices" 110
