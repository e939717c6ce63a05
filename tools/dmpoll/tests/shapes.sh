# SPDX-License-Identifier: GPL-2.0
# The stacks of matrix.sh, which sources this: make_SHAPE makes one from the
# disks $one and $two, as $variant can, and prints what to ask about.
# shellcheck shell=bash

sectors=65536 # of each device that is made

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

make_raw() { echo "$one"; }
make_partition()
{
	echo 2048,131072 | sfdisk --quiet --label dos --wipe always "$two" >&2
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
make_over_partition() {
	dm matrix "0 $sectors linear $(make_partition) 0"
	echo /dev/mapper/matrix
}
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
# array LEVEL DISK...: an md array without metadata, which is there at once.
array()
{
	local md=/sys/block/md_matrix/md level=$1 slot=0 disk name
	shift
	echo md_matrix >/sys/module/md_mod/parameters/new_array
	echo none >$md/metadata_version
	echo "$level" >$md/level
	case $level in
	raid0)
		echo 2 >$md/layout
		echo 8192 >$md/chunk_size
		;;
	raid1) echo none >$md/resync_start ;;
	esac
	echo $# >$md/raid_disks
	for disk; do
		name=$(basename "$(readlink -f "$(queue_of "$disk")/..")")
		cat "/sys/class/block/$name/dev" >$md/new_dev
		echo $((sectors / 2)) >"$md/dev-$name/size"
		echo $((slot++)) >"$md/dev-$name/slot"
	done
	echo $((sectors / 2)) >$md/component_size
	echo active >$md/array_state
	blockdev --getsz /dev/md_matrix >/dev/null # the kernel looks for partitions
	echo /dev/md_matrix
}
# Whoever looked at the array may still have it open.
stop_array()
{
	for _ in {1..50}; do
		! echo clear >/sys/block/md_matrix/md/array_state 2>/dev/null || break
		sleep 0.1
	done
	for _ in {1..50}; do
		[[ -e /sys/block/md_matrix ]] || return 0
		sleep 0.1
	done
}
make_raid0() { array raid0 "$one" "$two"; }
make_raid0_off() { make_raid0; switch_off /dev/md_matrix; }
make_over_raid0()
{
	dm matrix "0 $sectors linear $(make_raid0) 0"
	echo /dev/mapper/matrix
}
make_md_linear() { array linear "$one" "$two"; }
make_raid1() { array raid1 "$one" "$two"; }
make_multipath_bio()
{
	dm matrix "0 $sectors multipath 2 queue_mode bio 0 1 1 round-robin 0 1 1 $one 1"
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
# The other disk is read by interrupt, as fast as it goes.
make_busy_neighbour()
{
	while dd if="$two" of=/dev/null bs=4k count=2000 iflag=direct status=none; do :; done >&2 &
	echo $! >"$work/neighbour"
	sleep 1
	echo "$one"
}
make_suspended() { make_linear; dmsetup suspend matrix; }
