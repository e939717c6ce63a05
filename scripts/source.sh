#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Kernel source: download (or take KERNEL_SRC), check, unpack into the cache,
# print the directory. A directory in the cache is never written again.
#
#   [SERIES=5.10] scripts/source.sh   the pinned base of the series (its BASE)
#   KERNEL_SRC=DIR|TARBALL scripts/source.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=archive.sh
. "$repo/scripts/archive.sh"

# fetch_package NAME VERSION SHA256: the .deb, checked, in the cache.
fetch_package() {
	local deb=$cache/deb/$1_$2_all.deb apt=$build/apt-$SERIES
	if [[ ! -e $deb ]]; then
		say "downloading $1 $2 (120 to 170 MB)"
		mkdir -p "$cache/deb"
		write_apt_config "$apt"
		(private_apt "$apt" apt-get update && cd "$apt" && private_apt "$apt" apt-get download "$1=$2") \
			>"$apt/log" 2>&1 || { fetch_newest "$@" && return; }
		mv "$apt/$1_$2_all.deb" "$deb.new"
		check_sum "$deb.new" "$3"
		mv "$deb.new" "$deb"
	fi
	printf '%s\n' "$deb"
}

# fetch_newest NAME VERSION: what Debian has instead of a version that it no
# longer has. Only apt's own signatures vouch for it.
fetch_newest() {
	local deb apt=$build/apt-$SERIES
	rm -f "$apt"/*.deb
	(cd "$apt" && private_apt "$apt" apt-get download "$1") >>"$apt/log" 2>&1 ||
		die "$1 $2" "apt could not download it ($(tail -n 1 "$apt/log"))" \
			"Check the network, or set KERNEL_SRC to a $SERIES.y tree or tarball; the whole log is $apt/log."
	deb=$(cd "$apt" && echo "$1"_*_all.deb)
	say "NOTE: Debian no longer has $1 $2; taking $deb instead"
	mv "$apt/$deb" "$cache/deb/$deb"
	printf '%s\n' "$cache/deb/$deb"
}

# check_fit TREE: a base that is not the pinned one must take the series.
check_fit() {
	"$repo/scripts/apply.sh" --check "$1" ||
		die "$1" "it is not the pinned version, and the series does not fit it (see above)" \
			"Adapt $series_dir to it."
}

# check_sum FILE SHA256: refuse, and remove, what is not the pinned file.
check_sum() {
	[[ $(sha256sum <"$1") == "$2  -" ]] && return
	rm -f "$1"
	die "$1" "its sha256 is not the pinned one" "Try again; if it stays so, the pin in $series_dir/BASE is out of date."
}

# unpack NAME STREAM-COMMAND...: a tree into the cache, all of it or nothing.
unpack() {
	local dir=$cache/src/$1
	shift
	if [[ ! -e $dir ]]; then
		say "unpacking into $dir"
		rm -rf "$dir.new"
		mkdir -p "$dir.new"
		"$@" | tar -x --strip-components=1 -C "$dir.new" 2>/dev/null || {
			rm -rf "$dir.new"
			die "$dir" "the kernel source cannot be unpacked" "Is it a kernel tarball, and is there room? About 1.2 GB is needed."
		}
		mv "$dir.new" "$dir"
	fi
	printf '%s\n' "$dir"
}

# tarball_in DEB: the kernel tarball inside Debian's package, on stdout.
tarball_in() {
	dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc
}

# user_source: the tree named by KERNEL_SRC.
user_source() {
	if [[ -f $KERNEL_SRC ]]; then
		unpack "user-$(sha256sum <"$KERNEL_SRC" | cut -c 1-16)" cat_tarball "$KERNEL_SRC"
	else
		[[ -f $KERNEL_SRC/block/blk-mq.c && -f $KERNEL_SRC/Makefile ]] ||
			die "KERNEL_SRC=$KERNEL_SRC" "this is not a kernel source tree or tarball" \
				"Name a directory that holds block/blk-mq.c, or a linux-$SERIES.*.tar.* file."
		(cd "$KERNEL_SRC" && pwd)
	fi
}

# cat_tarball FILE: a compressed or plain tarball as a plain one.
cat_tarball() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.gz | *.tgz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

main() {
	local package version deb unpinned
	if [[ ${KERNEL_SRC:-} ]]; then
		user_source
		return
	fi
	package=$(base_value package)
	version=$(base_value version)
	lock source
	instead=$cache/src/$version.instead
	[[ -e $instead ]] && version=$(<"$instead")
	if [[ -d $cache/src/$version ]]; then
		printf '%s\n' "$cache/src/$version"
		return
	fi
	deb=$(fetch_package "$package" "$version" "$(base_value sha256)")
	unpinned=${deb#*_} unpinned=${unpinned%_all.deb}
	unpack "$unpinned" tarball_in "$deb"
	[[ $unpinned == "$version" ]] || { check_fit "$cache/src/$unpinned" && echo "$unpinned" >"$instead"; }
}

main "$@"
