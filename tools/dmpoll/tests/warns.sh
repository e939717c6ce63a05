#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On a kernel that polls dm by itself dmpoll warns of what may crash or stall it, and
# does not do it unasked. It cannot see that this kernel has the fixes, and is thus
# safe to try it on. Prints KTAP.
#   warns.sh DMPOLL DISK DISK
set -euo pipefail
export DM_DISABLE_UDEV=1 # libdevmapper makes and removes the nodes

dmpoll=$1 one=$2 two=$3
# shellcheck source=ends.sh
. "$(dirname "$0")/ends.sh"

main()
{
	echo "KTAP version 1"
	dmsetup create warns-linear --table "0 65536 linear $one 0"
	dmsetup create warns-stripe --table "0 65536 striped 2 8 $one 0 $two 0"
	ends warns.disk 0 'polled' "$dmpoll" check "$one"
	ends warns.depth 4 'than a disk below has tags' "$dmpoll" check /dev/mapper/warns-linear
	ends warns.splits 4 'that striped splits crashes the machine on a kernel without the fixes' \
		"$dmpoll" check /dev/mapper/warns-stripe
	ends warns.cure 4 'nvme.poll_queues=0' "$dmpoll" check /dev/mapper/warns-stripe
	ends warns.prove-shallow 0 'polled' "$dmpoll" prove /dev/mapper/warns-linear
	ends warns.prove 3 '--dangerous' "$dmpoll" prove /dev/mapper/warns-stripe
	ends warns.dangerous 0 'polled' "$dmpoll" prove --dangerous /dev/mapper/warns-stripe
	dmsetup remove warns-stripe
	dmsetup remove warns-linear
	echo "1..$number"
	((failed == 0))
}

main; exit
