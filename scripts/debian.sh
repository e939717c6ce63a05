#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The kernel that Debian builds from a series' source, as its package has it, made
# bootable in the test machine; print the directory that holds vmlinux and initrd.
# The packages are only unpacked, into the cache.
#
#   SERIES=6.12|7.3 scripts/debian.sh [--fixed]
#     --fixed: dm's modules are built with the fixes of the series (6.12 only)
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=archive.sh
. "$repo/scripts/archive.sh"

# release_of VERSION: what Debian calls its usual kernel of that package version.
release_of() {
	private_apt "$apt" apt-cache dumpavail |
		awk -v version="$1" '
			/^Package: linux-headers-[0-9]+\.[0-9]+\.[0-9][^-]*-amd64$/ { name = $2 }
			/^Version: / && $2 == version && name { release = substr(name, length("linux-headers-") + 1) }
			/^$/ { name = "" }
			END { print release }'
}

# packages_of RELEASE: the image with its modules, and what --fixed builds with.
# Debian cuts newer kernels into other packages.
packages_of() {
	if [[ $SERIES == 6.12 ]]; then
		packages=("linux-image-$1-unsigned" "linux-headers-$1" "linux-headers-${1%-amd64}-common"
			"linux-kbuild-${1%-amd64}")
	else
		packages=("linux-base-$1" "linux-binary-unsigned-$1" "linux-modules-$1")
	fi
}

# unpack RELEASE: all of it or nothing.
unpack() {
	local to=$cache/debian/$version deb packages
	packages_of "$1"
	say "downloading ${packages[*]} (120 MB)"
	(cd "$apt" && rm -f ./*.deb && private_apt "$apt" apt-get download "${packages[@]/%/=$version}") >>"$apt/log" 2>&1 ||
		die "${packages[*]}" "apt could not download them ($(tail -n 1 "$apt/log"))" "The whole log is $apt/log."
	rm -rf "$to.new"
	mkdir -p "$to.new"
	for deb in "$apt"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to.new" --exclude=./usr/share
		rm "$deb"
	done
	# it names the place where the headers would be installed
	[[ $SERIES != 6.12 ]] || echo "include $to/usr/src/linux-headers-${1%-amd64}-common/Makefile" >"$to.new/usr/src/linux-headers-$1/Makefile"
	mv "$to.new" "$to"
}

# fetch: into the cache, unless it is there.
fetch() {
	local release
	lock debian
	[[ ! -e $cache/debian/$version ]] || return 0
	write_apt_config "$apt"
	private_apt "$apt" apt-get update >"$apt/log" 2>&1 ||
		die "apt-get update" "it failed ($(tail -n 1 "$apt/log"))" "The whole log is $apt/log."
	release=$(release_of "$version")
	[[ $release ]] || die "linux-headers of $version" "Debian's archive has none for amd64" \
		"Update the pin in $series_dir/BASE."
	unpack "$release"
}

main() {
	local version dir apt=$build/apt-debian-$SERIES modules image updates=
	case ${1:-} in
	'' | --fixed) ;;
	*) die "$1" "there is no such option" "Use --fixed or nothing." ;;
	esac
	[[ ! ${1:-} || $SERIES == 6.12 ]] ||
		die "SERIES=$SERIES" "Debian lays out the headers of this kernel in another way, and they are not set up here" \
			"Install them and their compiler: make dm-modules SERIES=$SERIES HEADERS=DIR."
	version=$(basename "$("$repo/scripts/source.sh")")
	dir=$cache/debian/$version
	fetch
	for modules in "$dir"{,/usr}/lib/modules/*-amd64; do
		[[ ! -d $modules ]] || break
	done
	[[ ! ${1:-} ]] ||
		updates=$("$repo/scripts/dm-modules.sh" "$dir/usr/src/linux-headers-${modules##*/}")
	image=$dir/boot/vmlinuz-${modules##*/}
	[[ -e $image ]] || image=$modules/vmlinuz.unsigned
	MODULES=$modules UPDATES=$updates "$repo/scripts/installed.sh" "$image"
}

main "$@"; exit
