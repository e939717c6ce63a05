#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Debian's own 6.12, with the fixes in device-mapper's modules, passes what crashes
# or fails it without them: the tests in blktests' form, and stripes on NVMe. And
# dmpoll warns there. Exit status 4: this host is no Debian.
#   tools/lab/tests/debian-fixed.sh LAB DM_IOPOLL DMPOLL
# shellcheck source=../../../scripts/lib.sh
. "$(dirname "$0")/../../../scripts/lib.sh"

lab=$1 dm_iopoll=$2 dmpoll=$3
[[ $(host_kind) == debian ]] || { say "this is $(host_name): not its kernel"; exit 4; }
kernel=$(SERIES=6.12 "$repo/scripts/debian.sh" --fixed)
"$lab" run --kernel "$kernel/vmlinux" --nvme=2 --poll-queues=1 --silence=180 --timeout=400 -- \
	sh -c "'$repo/tools/testing/blktests/run' dm/101 dm/102 dm/104 dm/105 dm/106 dm/108 dm/112 dm/114 &&
		'$repo/tools/dmpoll/tests/warns.sh' '$dmpoll' /dev/nvme0n1 /dev/nvme1n1 &&
		exec '$dm_iopoll' -d /dev/nvme0n1 -d /dev/nvme1n1 --expect=poll -f 'stripe.*'"
