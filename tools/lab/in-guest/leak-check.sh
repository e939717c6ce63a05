#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# In a guest with CONFIG_DEBUG_KMEMLEAK: run a command, then scan the kernel's
# memory. Fails when the command does, or when memory was lost meanwhile.
#
#   leak-check.sh COMMAND...
set -euo pipefail

leaks=/sys/kernel/debug/kmemleak
# an object younger than 5 s may be on its way from one pointer to another
old_enough=6

say() { printf 'leak-check.sh: %s\n' "$*" >&2; }

scan() {
	sleep $old_enough
	echo scan >$leaks
}

# lost_within SECONDS: the reports of what was allocated so long ago at most, and is
# lost. What was lost at boot is not ours.
lost_within() {
	awk -v limit="$1" '
		/^unreferenced object/ { head = $0; next }
		match($0, /\(age [0-9]+/) {
			shown = substr($0, RSTART + 5, RLENGTH - 5) + 0 <= limit
			if (shown)
				print head
		}
		shown' $leaks
}

main() {
	local status=0 lost
	[[ -w $leaks ]] || {
		say "$leaks is missing: build the kernel with CONFIG_DEBUG_KMEMLEAK=y"
		return 4
	}
	SECONDS=0
	"$@" || status=$?
	say "scanning for lost memory"
	scan
	# What is seen twice is lost: pointers move while the first scan is under way.
	[[ -z $(lost_within $SECONDS) ]] || scan
	lost=$(lost_within $SECONDS)
	if [[ $lost ]]; then
		say "memory was lost by: $*"
		printf '%s\n' "$lost" >&2
		((status)) || status=1
	fi
	return $status
}

main "$@"
