#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# In a guest: the RFC's fio job on the bare disks and on dm-linear over all of
# them, by interrupts and by polling, interleaved. A line for each run:
#   JOBS WHERE HOW REPEAT IOPS LATENCY(us, mean)
#
#   wallclock.sh REPEATS DISK...
set -euo pipefail
export DM_DISABLE_UDEV=1 # libdevmapper makes and removes the node

repeats=$1
shift
table=''
at=0
for disk; do
	size=$(blockdev --getsz "$disk")
	table+="$at $size linear $disk 0"$'\n'
	at=$((at + size))
done
dmsetup create wallclock <<<"$table"
trap 'dmsetup remove --retry wallclock' EXIT
raw=$(IFS=: && echo "$*")

# measure JOBS WHERE HOW REPEAT: one run of fio.
measure() {
	local file=$raw hipri=0
	[[ $2 == raw ]] || file=/dev/mapper/wallclock
	[[ $3 == irq ]] || hipri=1
	fio --minimal --terse-version=3 --name="$2-$3" --filename="$file" --ioengine=io_uring --hipri="$hipri" \
		--direct=1 --rw=randread --bs=4k --iodepth=128 --registerfiles=1 --thread --numjobs="$1" \
		--group_reporting --time_based --ramp_time=300ms --runtime=1500ms |
		awk -F ';' -v run="$*" '$1 == 3 { print run, $8, $40 }'
}

for jobs in 1 2; do
	for ((repeat = 1; repeat <= repeats; repeat++)); do
		for where in raw dm; do
			for how in irq poll; do
				measure "$jobs" "$where" "$how" "$repeat"
			done
		done
	done
done
