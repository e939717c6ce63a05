#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Install the Debian 12 packages that the Makefile's commands need and that are
# missing; does nothing, and needs no root, when all are there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

packages=(
	# building the kernel
	gcc make flex bison bc libelf-dev libssl-dev libc6-dev xz-utils git perl kmod cpio
	# building the host and test programs
	g++ ccache pkg-config liburing-dev libdevmapper-dev libblkid-dev libkmod-dev nlohmann-json3-dev libfmt-dev
	libcli11-dev libgtest-dev libgmock-dev
	# running
	qemu-system-x86 busybox-static fio dmsetup e2fsprogs xfsprogs btrfs-progs f2fs-tools bcache-tools gnuplot-nox util-linux procps rsync
	# checking
	shellcheck groff-base sparse dwarves debian-archive-keyring
)

missing_packages() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
		awk '$2 == "installed" { print $1 }' | sort -u |
		comm -13 - <(printf '%s\n' "${packages[@]}" | sort -u)
}

main() {
	local missing log=$build/packages.log
	mapfile -t missing < <(missing_packages)
	((${#missing[@]})) || return 0
	((EUID == 0)) ||
		die "${missing[*]}" "these Debian packages are missing, and only root can install them" \
			"Run: sudo apt-get install ${missing[*]}"
	say "installing ${#missing[@]} packages: ${missing[*]}"
	mkdir -p "$build"
	{
		apt-get -q update &&
			DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
	} >"$log" 2>&1 ||
		die "apt-get" "the packages could not be installed ($(grep '^E:' "$log" | head -n 1))" \
			"Check the network and apt's sources; the whole log is $log."
}

main "$@"
