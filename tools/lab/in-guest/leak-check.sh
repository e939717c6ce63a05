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

# What is seen twice is lost: pointers move while the first scan is under way.
scan() {
	sleep $old_enough
	echo scan >$leaks
	sleep $old_enough
	echo scan >$leaks
}

main() {
	local status=0
	[[ -w $leaks ]] || {
		say "$leaks is missing: build the kernel with CONFIG_DEBUG_KMEMLEAK=y"
		return 4
	}
	# what was lost at boot is not ours
	scan
	echo clear >$leaks
	"$@" || status=$?
	say "scanning for lost memory"
	scan
	if grep . $leaks >&2; then
		say "memory was lost (see above) by: $*"
		((status)) || status=1
	fi
	return $status
}

main "$@"
