#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest-hangs.sh LAB KERNEL LIMIT-OPTION [talking]: a guest that never ends by itself. Says which
# of the wanted stack dumps the console got, and passes the launcher's status on.
set -euo pipefail

lab=$1
kernel=$2
limit=$3
console=$(mktemp)
trap 'rm -f "$console"' EXIT

command='sleep 1000'
[[ ${4-} != talking ]] || command='while sleep 1; do echo still here; done'

status=0
"$lab" run --kernel "$kernel" --console "$console" "$limit" -- bash -c "$command" || status=$?

echo "dump:" \
	"$(grep -q 'sysrq: Show Blocked State' "$console" && echo w)" \
	"$(grep -q 'sysrq: Show State' "$console" && echo t)" \
	"$(grep -q 'sysrq: Show backtrace of all active CPUs' "$console" && echo l)"
exit "$status"
