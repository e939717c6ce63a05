#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: the selftests on NVMe multipath devices.
#
#   heads.sh DM_IOPOLL ARGUMENT...
# What the heads of a subsystem are called depends on which controller is probed first.
set -euo pipefail

driver=$1
shift
disks=()
for number in 1 2; do
	for _ in {1..100}; do
		disk=$(compgen -G "/dev/nvme?n$number" | head -n 1) && break
		sleep 0.1
	done
	[[ $disk ]] || { echo "heads.sh: there is no disk /dev/nvme?n$number" >&2; exit 1; }
	disks+=(--disk "$disk")
done
exec "$driver" "${disks[@]}" "$@"
