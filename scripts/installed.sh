#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Make a kernel of a distribution bootable in the test machine: its drivers are
# modules, so it gets an initrd that loads what reaches the test machine's disks.
# Print the directory that holds vmlinux (the kernel as it is) and initrd. The
# kernel and its modules are only read.
#
#   [MODULES=DIR] [UPDATES=DIR] scripts/installed.sh KERNEL
#     KERNEL   the image, as in /boot/vmlinuz-6.12.57+deb13-amd64
#     MODULES  its modules (/lib/modules/VERSION, VERSION being in KERNEL's name)
#     UPDATES  modules to take instead of those of the same name
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# What lies between a booted kernel and the tests.
wanted=(virtio_pci virtio_console 9pnet_virtio 9p nvme dm_mod)

# of_this_kernel: the files of the modules to load, in order.
of_this_kernel() {
	local module
	for module in "${wanted[@]}"; do
		modprobe -C /dev/null -d "$dir" -S "$version" --show-depends "$module" 2>/dev/null ||
			die "$modules" "it has no $module, which the test machine needs" \
				"Use a kernel that has it, or name its modules with MODULES=DIR."
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# unpack FILE TO: kernels need not be able to unpack a module themselves.
unpack() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*.zst) need_command zstd zstd && zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac >"$2" || die "$1" "it cannot be unpacked" "Install the package again that it comes from."
}

# link_modules: a directory that modprobe -d takes; depmod writes its lists there.
link_modules() {
	local to=$dir/lib/modules/$version entry
	mkdir -p "$to"
	for entry in "$modules"/*; do
		[[ ${entry##*/} == modules.* || ! -e $entry ]] || ln -s "$(realpath "$entry")" "$to/"
	done
	cp "$modules"/modules.{builtin,order}* "$to/"
	# depmod prefers what is in a folder of this name
	[[ ! ${UPDATES:-} ]] || ln -sfn "$(realpath "$UPDATES")" "$to/updates"
	depmod -b "$dir" "$version"
	# what the kernel calls for a module, in the guest
	printf '#!/bin/sh\nexec %s -d %q "$@"\n' "$(command -v modprobe)" "$dir" >"$dir/modprobe"
	chmod +x "$dir/modprobe"
}

make_initrd() {
	local root=$dir/initrd.d file name number=10
	mkdir -p "$root"/{modules,proc,root,tmp}
	cp "$build/tools/lab/guest-init" "$root/init" ||
		die "$build/tools/lab/guest-init" "the guest's first process is missing" "Run make programs."
	of_this_kernel | while read -r file; do
		name=${file##*/}
		name=${name%%.*}
		unpack "$file" "$root/modules/$number-${name//-/_}.ko"
		number=$((number + 1))
	done
	printf '%s' "$dir" >"$root/modules/directory"
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$dir/initrd"
	rm -r "$root"
}

main() {
	local kernel=${1:?a kernel} version modules dir
	[[ -f $kernel && -r $kernel ]] ||
		die "$kernel" "this kernel is not a readable file" "Name one, for instance /boot/vmlinuz-$(uname -r)."
	version=${kernel##*/}
	version=${version#*-}
	modules=${MODULES:-/lib/modules/$version}
	[[ -e $modules/modules.builtin ]] ||
		die "$modules" "there are no modules for $kernel" "Name their directory: MODULES=/lib/modules/VERSION."
	version=$(basename "$(realpath "$modules")")
	PATH=$PATH:/usr/sbin:/sbin
	need_command modprobe kmod
	need_command cpio cpio
	dir=$build/installed/$version${UPDATES:+-updated}
	rm -rf "$dir"
	mkdir -p "$dir"
	link_modules
	make_initrd
	ln -s "$(realpath "$kernel")" "$dir/vmlinux"
	printf '%s\n' "$dir"
}

main "$@"; exit
