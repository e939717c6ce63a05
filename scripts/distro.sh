#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Make a distribution's kernel boot in the test machine: an initramfs with the
# modules that the machine and the tests need. Prints its file.
#
#   scripts/distro.sh MODULES        a directory like /lib/modules/6.12.117+deb13-amd64
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# What the machine needs comes first; of the rest, what the kernel has.
needed=(virtio_pci virtio_console 9pnet_virtio 9p nvme dm_mod)
wanted=(ext4 null_blk loop dm_crypt dm_delay dm_flakey dm_mirror dm_raid dm_snapshot dm_thin_pool
	dm_zoned dm_multipath raid1 xts aes_generic cbc essiv)

# module_files NAME...: the files to load, dependencies first; a module that is
# built in has none.
module_files() {
	local name
	for name; do
		modprobe -d "$modules_root" -S "$release" --show-depends "$name" 2>/dev/null || true
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# take MODULE-FILE: a plain copy of it in the initramfs, and its turn to be loaded.
take() {
	local name
	name=$(basename "$1" | sed 's/\.ko.*/.ko/')
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dcq "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac >"$dir/modules/$name"
	echo "load ${name%.ko}" >>"$dir/init"
}

write_init() {
	cat >"$dir/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		# what the kernel's command line says to a module reaches it through insmod
		load() {
			/bin/busybox insmod "/modules/$1.ko" $(/bin/busybox tr ' ' '\n' </proc/cmdline | /bin/busybox sed -n "s/^$1\\.//p")
		}
	END
	module_files "${needed[@]}" "${wanted[@]}" | while read -r file; do
		take "$file"
	done
	cat >>"$dir/init" <<-'END'
		init=$(/bin/busybox sed 's/.*init="*\([^" ]*\).*/\1/' /proc/cmdline)
		/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,msize=262144,ro /dev/root /root
		/bin/busybox mount -t devtmpfs dev /root/dev
		/bin/busybox umount /proc
		exec /bin/busybox switch_root /root "$init"
	END
	chmod +x "$dir/init"
}

main() {
	local modules=${1:?the modules of the kernel} to=$build/distro
	need_command cpio cpio
	need_command busybox busybox-static
	release=$(basename "$modules")
	# modprobe wants lib/modules/RELEASE below a root
	modules_root=$(mktemp -d)
	dir=$(mktemp -d)
	trap 'rm -rf "$modules_root" "$dir"' EXIT
	mkdir -p "$modules_root/lib/modules/$release" "$to" "$dir"/{bin,dev,modules,proc,root}
	ln -s "$(cd "$modules" && pwd)"/* "$modules_root/lib/modules/$release/"
	# a package that was only unpacked does not know its dependencies yet
	[[ -e $modules/modules.dep ]] || depmod -b "$modules_root" "$release"
	cp "$(command -v busybox)" "$dir/bin/"
	write_init
	(cd "$dir" && find . | cpio -o -H newc --quiet) >"$to/$release.initramfs"
	printf '%s\n' "$to/$release.initramfs"
}

main "$@"
