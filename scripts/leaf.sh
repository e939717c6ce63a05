# SPDX-License-Identifier: GPL-2.0
# The test leaf for one kernel: part of kernel.sh, whose build tree it uses.
# shellcheck shell=bash disable=SC2154

leaf_source=tools/testing/selftests/dm-iopoll/leaf

# leaf_file KERNEL-DIR: where the module of the leaf's present source is.
leaf_file() {
	local key
	key=$(cat "$repo/$leaf_source"/{Makefile,Kbuild,*.c} | sha256sum | cut -c 1-16)
	printf '%s\n' "$1/leaf-$key/dm_iopoll_leaf.ko"
}

# build_leaf TREE FILE: the module, into the cache. The kernel may have come
# from there too, so the build tree need not have been built: it gets what a
# module needs, and no list of symbols, hence only a warning about those.
build_leaf() {
	local work=$1/obj/leaf log=$1/obj/leaf.log
	say "building the test leaf"
	{
		make -C "$1" O="$1/obj" -j"$(nproc)" modules_prepare &&
			make -C "$repo/$leaf_source" KDIR="$1/obj" OUTPUT="$work" KBUILD_MODPOST_WARN=1
	} >"$log" 2>&1 || {
		grep -m 5 -A 8 'error:' "$log" >&2 || tail -n 20 "$log" >&2
		die "the test leaf" "it does not build for the kernel in $1 (see above)" "The whole log is $log."
	}
	mkdir -p "$(dirname "$2")"
	mv "$work/dm_iopoll_leaf.ko" "$2"
}

# print_leaf KERNEL-DIR PATCH...: the module for that kernel; built if need be.
print_leaf() {
	local file
	file=$(leaf_file "$1")
	shift
	[[ -e $file ]] || { prepare "$@" && build_leaf "$tree" "$file"; }
	printf '%s\n' "$file"
}
