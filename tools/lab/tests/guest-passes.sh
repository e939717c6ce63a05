#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest-passes.sh LAB KERNEL: everything a command may count on in a guest.
set -euo pipefail
unset LAB_CONSOLE # the default place is looked at here

lab=$1
kernel=$2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# The single quotes are meant: the guest expands this.
# shellcheck disable=SC2016
in_guest='set -euo pipefail
[[ $(id -u) == 0 && $LAB_OUT == /out && $LAB_ACCEL == @(kvm|tcg) ]]
[[ -b /dev/nvme0n1 && -b /dev/nvme1n1 && -d /sys/kernel/debug/block/nvme0n1 ]]
echo -n from the guest >/out/note
for dir in /tmp /run /var/tmp; do touch $dir/mine; done
cat <(echo process substitution works) >&2
seq 1 100000'

(cd "$(dirname "$0")" &&
	"$lab" run --quiet --kernel "$kernel" --nvme 2 --out "$out" -- \
		bash -O extglob -c "$in_guest && pwd") >"$out/output"

check()
{
	echo "wrong: $1" >&2
	exit 1
}

[[ $(cat "$out/note") == "from the guest" ]] || check "what the guest wrote to /out"
[[ $(tail -n 1 "$out/output") == "$(cd "$(dirname "$0")" && pwd)" ]] || check "the directory"
grep -q "process substitution works" "$out/output" || check "standard error"
[[ $(grep -c '^[0-9]*$' "$out/output") == 100000 ]] || check "the length of the output"
grep -q "Linux version" "$out/console.log" || check "the console file"
