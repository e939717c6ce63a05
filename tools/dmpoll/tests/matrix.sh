#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For each shape of stack: what `dmpoll check` says is what `dmpoll prove`
# measures, and is what it must be. Prints KTAP. OVERWRITES the disks.
#   matrix.sh VARIANT DMPOLL DISK DISK [--filter matrix.SHAPE]... [--list]
# VARIANT: poll     the kernel polls dm, the disks have poll queues
#          no-queues   the same without poll queues
#          base     the kernel polls disks, but not dm
#          heads    as poll, and the disks are NVMe multipath devices
#          heads-base  such devices, and the kernel does not poll them
# With --list, on the host, too: the names of the tests.
set -euo pipefail
export DM_DISABLE_UDEV=1 # libdevmapper makes and removes the nodes

variant=$1 dmpoll=$2 one=$3 two=$4
shift 4
number=0 failed=0

# disk PATTERN: the first such one, once it is there. What the heads of a
# subsystem are called depends on which controller is probed first.
disk()
{
	for _ in {1..100}; do
		compgen -G "$1" | head -n 1 && return
		sleep 0.1
	done
	echo "no disk $1" >&2
	return 1
}

# shellcheck source=shapes.sh
. "$(dirname "$0")/shapes.sh"

# shape  poll  no-queues  base  heads-base: 0 polled, 3 cannot tell, - not tried, else the
# code of the problem
matrix='
raw            0            no-poll-queues 0              nvme-multipath
partition      0            no-poll-queues 0              nvme-multipath
linear         0            no-poll-queues kernel         kernel
concat         0            no-poll-queues kernel         kernel
stripe         0            no-poll-queues kernel         kernel
volume         0            no-poll-queues kernel         -
over_partition 0            no-poll-queues kernel         -
disk_off       switched-off no-poll-queues kernel         -
dm_off         switched-off no-poll-queues kernel         -
scheduler      0            no-poll-queues kernel         -
mixed_legs     loop         loop           kernel         -
crypt          target       target         kernel         kernel
over_crypt     target       target         kernel         -
flakey         target       target         kernel         -
delay          target       target         kernel         -
mirror         target       target         kernel         -
snapshot       target       target         kernel         -
thin           target       target         kernel         -
zero           target       target         kernel         -
multipath      target       target         target         -
multipath_bio  0            no-poll-queues kernel         kernel
raid0          0            no-poll-queues md             md
raid0_off      md-raid0     no-poll-queues md             -
md_linear      0            no-poll-queues md             md
over_raid0     0            no-poll-queues kernel         -
raid1          md           md             md             -
loop           loop         loop           loop           -
null           no-poll-queues no-poll-queues no-poll-queues -
file           0            no-poll-queues kernel         kernel
file_on_crypt  target       target         kernel         -
suspended      3            3              3              -
busy_neighbour 0            no-poll-queues 0              nvme-multipath
'

clean_up()
{
	local name disk
	umount "$work/mount" 2>/dev/null || true
	dmsetup resume matrix 2>/dev/null || true
	for name in -top '' -c -b -a -pool -meta; do
		[[ ! -e /dev/mapper/matrix$name ]] || dmsetup remove --retry "matrix$name"
	done
	losetup -D
	[[ ! -e /sys/block/md_matrix ]] || stop_array
	if [[ -e $work/neighbour ]]; then
		kill "$(<"$work/neighbour")"
		rm "$work/neighbour"
	fi
	[[ ! -e ${two}p1 ]] || partx --delete --nr 1 "$two"
	for disk in "$one" "$two"; do
		[[ $variant == heads* ]] || echo none >"$(queue_of "$disk")/scheduler"
		[[ $variant == no-queues || $variant == heads-base ]] || echo 1 >"$(queue_of "$disk")/io_poll"
	done
	rm -f "$work/file"
}

has_code() { grep -qF "\"code\": \"$1\"" <<<"$(grep -A2 '"problems"' "$work/check")"; }

# The first problem is the one in the sentence.
judge()
{
	local wanted=$1 device=$2 checked=0 proved=0 code=1
	case $wanted in
	0 | 3) code=$wanted ;;
	esac
	"$dmpoll" check --json "$device" >"$work/check" 2>&1 || checked=$?
	"$dmpoll" prove --json "$device" >"$work/prove" 2>&1 || proved=$?
	((checked == proved)) || return 1
	((checked == code)) || return 1
	((code != 1)) || has_code "$wanted" || return 1
	((code == 3)) || grep -qF '"agrees": true' "$work/prove"
}

report()
{
	local shape=$1 wanted=$2 device=$3
	number=$((number + 1))
	if judge "$wanted" "$device"; then
		echo "ok $number matrix.$shape"
		return
	fi
	failed=$((failed + 1))
	echo "# what: what check and prove say of $device"
	echo "# wanted: $wanted"
	sed 's/^/# check: /' "$work/check"
	sed 's/^/# prove: /' "$work/prove"
	dmsetup table | sed 's/^/# table: /'
	echo "not ok $number matrix.$shape"
}

# rows [SHAPE...]: of the matrix, for this variant: shape and what is wanted.
rows()
{
	local column tried
	case $variant in
	poll) column=2 ;;
	no-queues) column=3 ;;
	base) column=4 ;;
	heads) column=2 tried=5 ;;
	heads-base) column=5 ;;
	esac
	awk -v column="$column" -v tried="${tried:-$column}" -v only=" $* " \
		'NF && $tried != "-" && (only == "  " || index(only, " " $1 " ")) { print $1, $column }' <<<"$matrix"
}

main()
{
	local shape wanted device list only=() list_only
	while (($#)); do
		case $1 in
		-f | --filter) only+=("${2#matrix.}") && shift ;;
		--list) list_only=1 ;;
		esac
		shift
	done
	list=$(rows "${only[@]}")
	[[ ! ${list_only:-} ]] || { awk '{ print "matrix." $1 }' <<<"$list" && return; }
	one=$(disk "$one")
	two=$(disk "$two")
	work=$(mktemp -d)
	echo "KTAP version 1"
	echo "1..$(grep -c . <<<"$list")"
	trap clean_up EXIT
	while read -r shape wanted; do
		clean_up
		device=$("make_$shape")
		report "$shape" "$wanted" "${device##*$'\n'}"
	done <<<"$list"
	((failed == 0))
}

main "$@"; exit
