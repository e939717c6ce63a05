#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# IOs per second in virtual time: io_uring reads the test leaf and dm-linear over
# it, polled and not, in a guest whose one CPU takes 1 ns for each instruction.
# All depends on that clock, so the table is the same on any machine, however busy
# it is. The leaf takes 10 us for a read (a fast NVMe drive), then 80 us (flash).
#
#   scripts/virtual-time.sh VMLINUX LEAF
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

exec "$build/tools/lab/lab" run --quiet --kernel "$1" --accel tcg --cpus 1 --nvme 0 --timeout 600 \
	--qemu-arg=-icount --qemu-arg=shift=0,sleep=off -- \
	"$build/selftests/dm_iopoll_cost" --leaf "$2" --latency 10 --latency 80
