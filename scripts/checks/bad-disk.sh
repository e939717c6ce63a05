#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What is not a free block device is refused by name.
#   bad-disk.sh DMPOLL
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

touch "$work/file"
expect_error "$work/file" "$1" bench --disk "$work/file" --out "$work/out"
expect_error "/dev/no-such-disk" "$1" bench --disk /dev/no-such-disk --out "$work/out"
expect_error "/dev/null" "$1" bench --disk /dev/null --out "$work/out"
# A chroot may have no mount entry for its root.
root=$(findmnt -n -o SOURCE -T / || true)
if [[ -b $root ]]; then
	expect_error "$root" "$1" bench --disk "$root" --out "$work/out"
fi
