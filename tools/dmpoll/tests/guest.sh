#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dmpoll's cures, run as it prints them, and its errors, on a machine of which
# nothing else is needed. Prints KTAP. OVERWRITES the disks, and takes one away.
#   guest.sh DMPOLL DISK DISK
set -euo pipefail
export DM_DISABLE_UDEV=1 # libdevmapper makes and removes the nodes

dmpoll=$1 one=$2 two=$3
# shellcheck source=ends.sh
. "$(dirname "$0")/ends.sh"

as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# cures NAME DEVICE: it is not polled; it is once what dmpoll prints was run.
cures()
{
	local commands polled=1
	"$dmpoll" check "$2" >"$log" 2>&1 && polled=0
	commands=$(sed -n 's/^    //p' "$log")
	((polled)) || echo "it is polled already" >>"$log"
	bash -exc "$commands" >>"$log" 2>&1 || polled=0
	for _ in {1..50}; do
		[[ -b $2 ]] && break
		sleep 0.1
	done
	((polled)) && "$dmpoll" prove "$2" >>"$log" 2>&1 || polled=0
	report $((! polled)) "$1"
}

test_cures()
{
	local disk=${one##*/}
	cures cure.no-poll-queues "$one"
	cures cure.no-poll-queues-again "$two"
	dmsetup create matrix --table "0 65536 linear $one 0"
	echo 0 >"/sys/block/$disk/queue/io_poll"
	cures cure.disk-off /dev/mapper/matrix
	echo 0 >/sys/block/dm-0/queue/io_poll
	cures cure.dm-off /dev/mapper/matrix
	dmsetup suspend matrix
	cures cure.suspended /dev/mapper/matrix
	# what lies on a crypt device polls once that is none any more
	dmsetup create low --table "0 65536 crypt aes-xts-plain64 $(printf '%064d' 1) 0 $two 0"
	dmsetup create up --table '0 8192 linear /dev/mapper/low 0'
	dmsetup load low --table "0 65536 linear $two 0"
	dmsetup resume low
	cures cure.loaded-before /dev/mapper/up
	dmsetup remove up
	dmsetup remove low
}

test_arguments()
{
	ends usage.no-device 2 'DEVICE is required' "$dmpoll" check
	ends usage.no-subcommand 2 "there is no subcommand 'frob'" "$dmpoll" frob
	ends usage.no-option 2 '--frob' "$dmpoll" check --frob "$one"
	ends usage.reads 2 "--reads: '0' is no number from 1 to 100000" \
		"$dmpoll" prove --reads 0 "$one"
	ends usage.depth 2 "--depth: '1e9' is no number" "$dmpoll" prove --depth 1e9 "$one"
	ends usage.interval 2 "--interval: '0s' is no time" "$dmpoll" top --interval 0s
	ends usage.list 2 "--iodepth: 'x' is no number" \
		"$dmpoll" bench "$one" --out /tmp/out --iodepth 1,x
	ends argument.missing 3 'cannot look at /dev/no-such' "$dmpoll" check /dev/no-such
	ends argument.name 0 "polled" "$dmpoll" check "${one##*/}"
	ends argument.dm-name 0 'polled: 64 reads' "$dmpoll" prove matrix
	ends argument.character-device 3 '/dev/null is not a block device' "$dmpoll" check /dev/null
	ends argument.no-block-device 3 'no block device below it' "$dmpoll" check /proc
	mkdir /tmp/mount
	mkfs.ext4 -q /dev/mapper/matrix && mount /dev/mapper/matrix /tmp/mount
	ends argument.mount-point 0 'polled' "$dmpoll" check /tmp/mount
	ends argument.directory 3 'is a directory' "$dmpoll" prove /tmp/mount
	: >/tmp/mount/empty
	ends argument.empty-file 3 'has 0 bytes' "$dmpoll" prove /tmp/mount/empty
	truncate -s 1M /tmp/mount/hole
	ends argument.hole 3 'holes' "$dmpoll" prove /tmp/mount/hole
	ends in-use.prove 0 'polled' "$dmpoll" prove "$one"
	ends in-use.bench 3 'is in use' "$dmpoll" bench "$one" --out /tmp/out
	umount /tmp/mount
}

test_permissions()
{
	ends nobody.check 0 '/dev/mapper/control (EACCES)' \
		"${as_nobody[@]}" "$dmpoll" check /dev/mapper/matrix
	ends nobody.prove 3 'run dmpoll as root' \
		"${as_nobody[@]}" "$dmpoll" prove /dev/mapper/matrix
	ends nobody.bench 3 'needs root' "${as_nobody[@]}" "$dmpoll" bench "$one" --out /tmp/out
	ends fio-missing 3 'install the package fio' \
		env PATH=/nonexistent "$dmpoll" bench "$two" --out /tmp/out
	umount /sys/kernel/debug
	ends no-debugfs.check 0 'is debugfs mounted' "$dmpoll" check /dev/mapper/matrix
	ends no-debugfs.prove 0 'polled: 64 reads' "$dmpoll" prove /dev/mapper/matrix
	ends no-debugfs.top 3 'mount -t debugfs' "$dmpoll" top --count 1
	mount -t debugfs none /sys/kernel/debug
}

test_output()
{
	ends output.json 0 '"verdict": "polled"' "$dmpoll" check --json "$one"
	ends output.top 0 'hctx' "$dmpoll" top --count 2 --interval 100ms
	ends output.top-json 0 '"format":"dmpoll-top"' \
		"$dmpoll" top --json --count 1 --interval 100ms
	ends output.full 3 'No space left' bash -c "$dmpoll check $one >/dev/full"
	# shellcheck disable=SC2016
	ends output.colours 0 $'\033[32mpolled' \
		env TERM=linux script -qec "$dmpoll check $one" /dev/null
	ends output.no-colours 1 '0' \
		bash -c "NO_COLOR=1 TERM=linux script -qec '$dmpoll check $one' /dev/null |
			grep -c \$'\\033'"
	ends output.pipe-closed 0 'DEVICE' bash -c "$dmpoll top --interval 50ms | head -n 3"
	ends stopped.top 124 'DEVICE' timeout 5 "$dmpoll" top --interval 100ms
}

# The disk goes while it is looked at.
test_vanishing()
{
	local device=/sys/block/${two##*/}/device/device
	ends vanish.top 0 'all disks are gone' \
		bash -c "(sleep 3; echo 1 >$device/remove) &
			$dmpoll top --interval 400ms --count 20 $two; wait"
	ends vanish.check 3 "cannot look at $two" "$dmpoll" check "$two"
}

main()
{
	echo "KTAP version 1"
	test_cures
	test_arguments
	test_permissions
	test_output
	test_vanishing
	echo "1..$number"
	((failed == 0))
}

main; exit
