#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: unplugs a disk, or plugs it in again.
#
#   hotplug.sh out|in nvmeNn1
# QEMU tells that a disk is gone a moment before it can be given another.
set -euo pipefail

# ask LINE EXPECTED...: QEMU's own protocol; wait for lines that match.
ask() {
	local answer expected
	echo "$1" >&3
	for expected in "${@:2}"; do
		until [[ ${answer:-} == *"$expected"* ]]; do
			read -r -t 20 -u 3 answer || { echo "no answer to $1" >&2; exit 1; }
			[[ $answer != *'"error"'* ]] || { echo "$answer" >&2; exit 1; }
		done
	done
}

number=${2#nvme} number=${number%%n*}
exec 3<>/dev/virtio-ports/lab.request
case $1 in
out) ask '{"execute": "device_del", "arguments": {"id": "nvme'"$number"'"}}' '"return"' DEVICE_DELETED ;;
in)
	for _ in {1..50}; do
		# in a process of its own, which an error ends
		(ask '{"execute": "device_add", "arguments": {"driver": "nvme", "id": "nvme'"$number"'",
	"serial": "lab'"$number"'", "drive": "disk'"$number"'", "bus": "slot'"$number"'"}}' '"return"') && exit
		sleep 0.1
	done
	exit 1
	;;
esac
