#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Install the Debian packages that the Makefile's commands need and that are
# missing; does nothing, and needs no root, when all are there. On a host that
# is no Debian or Ubuntu: say which programs and libraries are missing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

hosts=Documentation/dm-iopoll/hosts.md
packages=(
	# building the kernel
	gcc make flex bison bc libelf-dev libssl-dev libc6-dev xz-utils git perl kmod cpio
	# building the host and test programs
	g++ ccache pkg-config liburing-dev libdevmapper-dev libblkid-dev libkmod-dev nlohmann-json3-dev libfmt-dev
	libcli11-dev libgtest-dev libgmock-dev
	# running
	qemu-system-x86 busybox-static fio dmsetup e2fsprogs xfsprogs btrfs-progs f2fs-tools bcache-tools fdisk mount
	bsdutils gnuplot-nox util-linux procps rsync jq
	# checking
	shellcheck groff-base sparse dwarves debian-archive-keyring
)
# What other distributions call otherwise: programs, headers.
programs=(gcc make flex bison bc xz git perl depmod cpio g++ ccache qemu-system-x86_64 fio dmsetup mkfs.ext4
	mkfs.xfs mkfs.btrfs mkfs.f2fs make-bcache busybox sfdisk mount gnuplot ps rsync jq shellcheck groff sparse pahole)
headers=(libelf.h openssl/ssl.h liburing.h libdevmapper.h blkid/blkid.h libkmod.h nlohmann/json.hpp fmt/format.h
	CLI/CLI.hpp gtest/gtest.h gmock/gmock.h)

missing_packages() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
		awk '$2 == "installed" { print $1 }' | sort -u |
		comm -13 - <(printf '%s\n' "${packages[@]}" | sort -u)
}

# missing_parts: programs and headers, where there are no Debian packages.
missing_parts() {
	local part
	for part in "${programs[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$part" >/dev/null || echo "$part"
	done
	command -v g++ >/dev/null || return 0
	for part in "${headers[@]}"; do
		echo "#include <$part>" | g++ -E -x c++ - >/dev/null 2>&1 || echo "$part"
	done
}

check_other_host() {
	local missing
	mapfile -t missing < <(missing_parts)
	((${#missing[@]} == 0)) ||
		die "this is $(host_name), and its packages have other names than Debian's" \
			"these programs and headers are missing: ${missing[*]}" "What to install is in $hosts."
}

install() {
	local log=$build/packages.log
	say "this is $(host_name); installing $# packages: $*"
	mkdir -p "$build"
	{
		apt-get -q update &&
			DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
	} >"$log" 2>&1 ||
		die "apt-get" "the packages could not be installed ($(grep '^E:' "$log" | head -n 1))" \
			"Check the network and apt's sources; the whole log is $log."
}

main() {
	local missing
	[[ $(host_kind) != other ]] || { check_other_host && return; }
	mapfile -t missing < <(missing_packages)
	((${#missing[@]})) || return 0
	((EUID == 0)) ||
		die "${missing[*]}" "these packages are missing on this $(host_name), and only root can install them" \
			"Run: sudo apt-get install ${missing[*]}"
	install "${missing[@]}"
}

main "$@"; exit
