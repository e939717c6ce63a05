#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The kernel that this Debian release installs, with its drivers as modules, boots
# in the test machine and polls there: scripts/installed.sh. The package is only
# unpacked. Exit status 4: this host is no Debian.
#   tools/lab/tests/installed.sh LAB DM_IOPOLL
# shellcheck source=../../../scripts/lib.sh
. "$(dirname "$0")/../../../scripts/lib.sh"

# modules_in DIR: the modules of the kernel there, in lib/ or, since Debian 13, usr/lib/.
modules_in() { find "$1" -path '*/lib/modules/*' -prune -print -quit 2>/dev/null; }

# unpacked_kernel: the directory with boot/ and the modules of the newest kernel.
unpacked_kernel() {
	local package deb dir
	package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
	[[ $package ]] || die "linux-image-amd64" "apt knows no such package" "Run apt-get update."
	dir=$cache/deb/$package
	if [[ ! $(modules_in "$dir") ]]; then
		say "downloading $package (70 to 110 MB)"
		rm -rf "$dir" "$dir.new"
		mkdir -p "$dir.new"
		(cd "$dir.new" && apt-get -q -o APT::Sandbox::User=root download "$package") >&2
		deb=$(find "$dir.new" -name '*.deb')
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir.new" --exclude=./usr/share ||
			die "$deb" "it cannot be unpacked" "See above."
		rm "$deb"
		mv "$dir.new" "$dir"
	fi
	printf '%s\n' "$dir"
}

main() {
	local lab=$1 dm_iopoll=$2 unpacked modules version kernel
	[[ $(host_kind) == debian ]] || { say "this is $(host_name): not its kernel"; exit 4; }
	unpacked=$(unpacked_kernel)
	modules=$(modules_in "$unpacked")
	version=$(basename "$modules")
	kernel=$(MODULES=$modules "$repo/scripts/installed.sh" "$unpacked/boot/vmlinuz-$version")
	"$lab" run --kernel "$kernel/vmlinux" --nvme=2 --poll-queues=1 --silence=120 --timeout=200 -- \
		sh -c "test \$(uname -r) = $version && exec $dm_iopoll -d /dev/nvme0n1 -d /dev/nvme1n1 --expect=poll \
			-f 'raw.read-*' -f 'linear.depth-*' -f linear.stacked"
}

main "$@"; exit
