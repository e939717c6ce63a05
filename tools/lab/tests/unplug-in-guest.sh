#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: has the second disk unplugged, in QEMU's own protocol.
set -euo pipefail

exec 3<>/dev/virtio-ports/lab.request
echo '{"execute": "device_del", "arguments": {"id": "nvme1"}}' >&3
for _ in 1 2; do
	read -r -t 20 -u 3 answer
	echo "$answer"
done
for _ in {1..50}; do
	[[ -e /dev/nvme1n1 ]] || break
	sleep 0.1
done
[[ -e /dev/nvme0n1 && ! -e /dev/nvme1n1 ]] && echo "nvme1n1 is gone"
