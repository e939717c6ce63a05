#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For each shape of stack: what `dmpoll check` says is what `dmpoll prove`
# measures, and is what it must be. Prints KTAP. OVERWRITES the disks.
#   matrix.sh VARIANT DMPOLL DISK DISK
# VARIANT: poll     the kernel polls dm, the disks have poll queues
#          no-queues   the same without poll queues
#          base     the kernel polls disks, but not dm
set -euo pipefail
export DM_DISABLE_UDEV=1 # libdevmapper makes and removes the nodes

variant=$1 dmpoll=$2 one=$3 two=$4
sectors=65536 # of each device that is made
work=$(mktemp -d)
number=0 failed=0

# shape  poll  no-queues  base: 0 polled, 3 cannot tell, else the code of the problem
matrix='
raw            0            no-poll-queues 0
partition      0            no-poll-queues 0
linear         0            no-poll-queues kernel
concat         0            no-poll-queues kernel
stripe         0            no-poll-queues kernel
volume         0            no-poll-queues kernel
over_partition 0            no-poll-queues kernel
disk_off       switched-off no-poll-queues kernel
dm_off         switched-off no-poll-queues kernel
scheduler      0            no-poll-queues kernel
mixed_legs     loop         loop           kernel
crypt          target       target         kernel
over_crypt     target       target         kernel
flakey         target       target         kernel
delay          target       target         kernel
mirror         target       target         kernel
snapshot       target       target         kernel
thin           target       target         kernel
zero           target       target         kernel
multipath      target         target         target
loop           loop         loop           loop
null           no-poll-queues no-poll-queues no-poll-queues
file           0            no-poll-queues kernel
file_on_crypt  target       target         kernel
suspended      3            3              3
'

dm()
{
	dmsetup create "$1" --table "$2"
}

queue_of()
{
	local number
	number=$(stat -L -c '%Hr:%Lr' "$1")
	echo "/sys/dev/block/$number/queue"
}

# Each prints what to ask about.
make_raw() { echo "$one"; }
make_partition()
{
	addpart "$two" 1 2048 131072
	echo "${two}p1"
}
make_linear() { dm matrix "0 $sectors linear $one 2048"; echo /dev/mapper/matrix; }
make_concat()
{
	printf '%s\n' "0 $sectors linear $one 0" "$sectors $sectors linear $two 4096" |
		dmsetup create matrix
	echo /dev/mapper/matrix
}
make_stripe() { dm matrix "0 $sectors striped 2 16 $one 0 $two 0"; echo /dev/mapper/matrix; }
# a logical volume on a striped one, itself on linear ones
make_volume()
{
	dm matrix-a "0 $sectors linear $one 2048"
	dm matrix-b "0 $sectors linear $two 2048"
	dm matrix-c "0 $((2 * sectors)) striped 2 128 /dev/mapper/matrix-a 0 /dev/mapper/matrix-b 0"
	dm matrix "0 $sectors linear /dev/mapper/matrix-c 256"
	echo /dev/mapper/matrix
}
make_over_partition() { dm matrix "0 $sectors linear $(make_partition) 0"; echo /dev/mapper/matrix; }
# Refused where there is nothing to switch off.
switch_off() { echo 0 >"$(queue_of "$1")/io_poll" || [[ $variant != poll ]]; }
make_disk_off() { make_linear; switch_off "$one"; }
make_dm_off() { make_linear; switch_off /dev/mapper/matrix; }
make_scheduler() { make_linear; echo mq-deadline >"$(queue_of "$one")/scheduler"; }
make_loop()
{
	truncate -s 64M "$work/file"
	losetup --show -f "$work/file"
}
make_mixed_legs()
{
	printf '%s\n' "0 $sectors linear $one 0" "$sectors $sectors linear $(make_loop) 0" |
		dmsetup create matrix
	echo /dev/mapper/matrix
}
make_crypt()
{
	dm matrix "0 $sectors crypt aes-xts-plain64 $(printf '%064d' 1) 0 $one 0"
	echo /dev/mapper/matrix
}
make_over_crypt()
{
	make_crypt >&2
	dm matrix-top "0 8192 linear /dev/mapper/matrix 0"
	echo /dev/mapper/matrix-top
}
make_flakey() { dm matrix "0 $sectors flakey $one 0 60 0"; echo /dev/mapper/matrix; }
make_delay() { dm matrix "0 $sectors delay $one 0 5"; echo /dev/mapper/matrix; }
make_mirror()
{
	dm matrix "0 $sectors mirror core 2 1024 nosync 2 $one 0 $one $sectors"
	echo /dev/mapper/matrix
}
make_snapshot()
{
	dd if=/dev/zero of="$two" bs=4k count=1 oflag=direct status=none
	dm matrix "0 $sectors snapshot $one $two N 8"
	echo /dev/mapper/matrix
}
make_thin()
{
	dd if=/dev/zero of="$two" bs=4k count=1 oflag=direct status=none
	dm matrix-meta "0 8192 linear $two 0"
	dm matrix-pool "0 $sectors thin-pool /dev/mapper/matrix-meta $one 128 0"
	dmsetup message matrix-pool 0 'create_thin 0'
	dm matrix "0 $sectors thin /dev/mapper/matrix-pool 0"
	# what was never written is on no disk
	dd if=/dev/urandom of=/dev/mapper/matrix bs=1M count=32 oflag=direct status=none
	echo /dev/mapper/matrix
}
make_zero() { dm matrix "0 $sectors zero"; echo /dev/mapper/matrix; }
make_multipath()
{
	dm matrix "0 $sectors multipath 0 0 1 1 round-robin 0 1 1 $one 1"
	echo /dev/mapper/matrix
}
make_null() { echo /dev/nullb0; }
# An ext4 on that device.
make_file_on()
{
	mkfs.ext4 -q "$1"
	mkdir -p "$work/mount"
	mount "$1" "$work/mount"
	dd if=/dev/urandom of="$work/mount/file" bs=1M count=4 conv=fsync status=none
	echo "$work/mount/file"
}
make_file() { make_file_on "$(make_linear)"; }
make_file_on_crypt() { make_file_on "$(make_crypt)"; }
make_suspended() { make_linear; dmsetup suspend matrix; }

clean_up()
{
	local name disk
	umount "$work/mount" 2>/dev/null || true
	dmsetup resume matrix 2>/dev/null || true
	for name in matrix-top matrix matrix-c matrix-b matrix-a matrix-pool matrix-meta; do
		[[ ! -e /dev/mapper/$name ]] || dmsetup remove --retry "$name"
	done
	losetup -D
	[[ ! -e ${two}p1 ]] || delpart "$two" 1
	for disk in "$one" "$two"; do
		echo none >"$(queue_of "$disk")/scheduler"
		[[ $variant == no-queues ]] || echo 1 >"$(queue_of "$disk")/io_poll"
	done
	rm -f "$work/file"
}

has_code() { grep -A2 '"problems"' "$work/check" | grep -qF "\"code\": \"$1\""; }

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
	echo "not ok $number matrix.$shape"
	echo "# wanted: $wanted, from check and prove alike; got:"
	sed 's/^/# check: /' "$work/check"
	sed 's/^/# prove: /' "$work/prove"
	dmsetup table | sed 's/^/# table: /'
}

main()
{
	local shape poll none base wanted device
	echo "KTAP version 1"
	echo "1..$(grep -c . <<<"$matrix")"
	trap clean_up EXIT
	while read -r shape poll none base; do
		[[ $shape ]] || continue
		case $variant in
		poll) wanted=$poll ;;
		no-queues) wanted=$none ;;
		base) wanted=$base ;;
		esac
		clean_up
		device=$("make_$shape")
		report "$shape" "$wanted" "${device##*$'\n'}"
	done <<<"$matrix"
	((failed == 0))
}

main; exit
