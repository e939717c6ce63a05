#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: serves /dev/nullb0 over NVMe/TCP on loopback, connects to
# it with a polled queue, and hands the disk to a command as its last argument.
#
#   tcp-disk.sh COMMAND ARGUMENT...
set -euo pipefail

nqn=nqn.2020-12.org.dm-iopoll:bench
target=/sys/kernel/config/nvmet

busybox ifconfig lo 127.0.0.1 up
[[ -d $target ]] || mount -t configfs configfs /sys/kernel/config
mkdir "$target/subsystems/$nqn" "$target/subsystems/$nqn/namespaces/1" "$target/ports/1"
echo 1 >"$target/subsystems/$nqn/attr_allow_any_host"
echo /dev/nullb0 >"$target/subsystems/$nqn/namespaces/1/device_path"
echo 1 >"$target/subsystems/$nqn/namespaces/1/enable"
for attribute in adrfam=ipv4 trtype=tcp traddr=127.0.0.1 trsvcid=4420; do
	echo "${attribute#*=}" >"$target/ports/1/addr_${attribute%=*}"
done
ln -s "$target/subsystems/$nqn" "$target/ports/1/subsystems/$nqn"
echo "transport=tcp,traddr=127.0.0.1,trsvcid=4420,nqn=$nqn,nr_io_queues=1,nr_poll_queues=1" >/dev/nvme-fabrics
for _ in {1..100}; do
	disk=$(compgen -G '/dev/nvme?n1') && break
	sleep 0.1
done
"$@" "${disk:?there is no disk}"
