#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A busy machine does not change the table of IOs per second, beyond the last of
# its three digits: the clock is the guest's own.
#   virtual-time.sh VMLINUX LEAF
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

table() { "$repo/scripts/virtual-time.sh" "$@"; }

table "$@" >"$work/alone"
hogs=()
for ((i = 0; i < $(nproc); i++)); do
	nice bash -c 'while :; do :; done' & # leaves most to the checks beside this one
	hogs+=($!)
done
trap 'kill "${hogs[@]}"; rm -rf "$work"' EXIT
table "$@" >"$work/busy"
cat "$work/alone" "$work/busy"
paste -d ' ' "$work/alone" "$work/busy" | awk -F '[|]' '
	/us/ {
		rows++
		for (i = 4; i <= 7; i++)
			if ($(i + 8) / $i > 1.01 || $(i + 8) / $i < 0.99) { print "differs: " $0; bad = 1 }
		if ($7 + 0 <= $6 + 0) { print "polling does not gain: " $0; bad = 1 }
	}
	END { exit bad || rows != 6 }'
