#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# launcher-ends.sh LAB KERNEL: ends the launcher in the middle of a run, asked and unasked.
set -euo pipefail

lab=$1
kernel=$2
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

fail()
{
	echo "wrong: $*" >&2
	exit 1
}

start_launcher()
{
	"$lab" run --quiet --accel tcg --kernel "$kernel" -- sleep 1000 &
	launcher=$!
	qemu=
	for _ in {1..100}; do
		qemu=$(pgrep -P "$launcher" qemu || true)
		[[ -z $qemu ]] || return 0
		sleep 0.1
	done
	fail "no QEMU appeared"
}

wait_for_end_of()
{
	for _ in {1..100}; do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	fail "process $1 outlived the launcher"
}

end_with()
{
	local status=0
	start_launcher
	sleep 1
	kill "-$1" "$launcher"
	wait "$launcher" || status=$?
	wait_for_end_of "$qemu"
	echo "SIG$1: launcher ended with $status, QEMU is gone"
	[[ $status == "$2" ]] || fail "wanted status $2"
}

end_with TERM 130
end_with INT 130
[[ -z $(ls "$TMPDIR"/lab.* 2>/dev/null) ]] || fail "temporary files are left in $TMPDIR"
# Nobody can tidy up after this one; but the guest must not live on.
end_with KILL 137
