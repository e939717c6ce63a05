#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Entry of the kselftest runner, which passes no arguments: settings come from
# the environment.
#   DM_IOPOLL_DISKS    disks to test on, separated by blanks; they are OVERWRITTEN
#   DM_IOPOLL_EXPECT   what dm devices must do: poll (default), irq or eopnotsupp
#   DM_IOPOLL_EXPECT_RAW   what the disks must do: poll (default) or irq
#   DM_IOPOLL_ARGS     further arguments to dm_iopoll, separated by blanks
set -euo pipefail

skip_without_disks()
{
	echo "KTAP version 1"
	echo "1..0 # SKIP no disk named: set DM_IOPOLL_DISKS=\"/dev/nvme0n1 /dev/nvme1n1\";" \
		"the named disks are OVERWRITTEN"
	exit 4
}

main()
{
	local -a disks more args
	local disk

	read -ra disks <<<"${DM_IOPOLL_DISKS:-}"
	read -ra more <<<"${DM_IOPOLL_ARGS:-}"
	((${#disks[@]} > 0)) || skip_without_disks
	for disk in "${disks[@]}"; do
		args+=(--disk "$disk")
	done
	exec "$(dirname "$0")/dm_iopoll" "${args[@]}" \
		--expect="${DM_IOPOLL_EXPECT:-poll}" \
		--expect-raw="${DM_IOPOLL_EXPECT_RAW:-poll}" "${more[@]}"
}

main
