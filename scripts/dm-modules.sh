#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build device-mapper's modules with the fixes of a series, for an installed
# kernel; print the directory that holds them. The kernel itself stays as it is,
# so what the mails change elsewhere is left out. Nothing is installed.
#
#   SERIES=6.12|7.3 scripts/dm-modules.sh [HEADERS]
#     HEADERS     what the kernel's modules are built with (/lib/modules/VERSION/build)
#     KERNEL_SRC  the kernel's source, if it is not the pinned one of the series
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# What the mails below drivers/md change.
modules=(dm-mod dm-multipath)

# check_headers: they can build these modules, and are of the source's version.
check_headers() {
	local version source_version
	[[ -f $headers/Module.symvers && -f $headers/.config ]] ||
		die "$headers" "there is nothing here to build modules with" \
			"Install the kernel's headers (apt-get install linux-headers-VERSION) and name their directory: HEADERS=DIR."
	grep -q '^CONFIG_BLK_DEV_DM=m' "$headers/.config" ||
		die "$headers" "device-mapper is no module of this kernel" \
			"Build the kernel with the series instead: make apply SERIES=$SERIES TREE=DIR."
	version=$(make -s -C "$headers" kernelversion)
	source_version=$(make -s -C "$source" kernelversion)
	[[ $version == "$source_version" ]] ||
		die "$headers" "these are the headers of Linux $version, the source is Linux $source_version" \
			"Name the source of that kernel with KERNEL_SRC=DIR, or take SERIES=6.12 or 7.3."
}

# patch_source: drivers/md with the mails, below $dir.
patch_source() {
	rm -rf "$dir"
	mkdir -p "$dir/drivers"
	cp -r "$source/drivers/md" "$dir/drivers/"
	(cd "$dir" && GIT_CEILING_DIRECTORIES=$build git_alone apply --include='drivers/md/*' "$composed"/mails/0*[1-9]*-*.patch) ||
		die "SERIES=$SERIES" "its mails do not fit $source (see above)" "Use the source of $(base_value version)."
}

# check_built: each file that a mail changes is in one of the modules, and what
# other modules call has not changed for them.
check_built() {
	local file changed
	for file in "$dir"/drivers/md/*.c; do
		cmp -s "$file" "$source/drivers/md/${file##*/}" || [[ -e ${file%.c}.o ]] ||
			die "$file" "the series changes this file, and none of ${modules[*]} has it" \
				"Add its module to the list in scripts/dm-modules.sh."
	done
	changed=$(awk 'NR == FNR { sum[$2] = $1; next } $2 in sum && sum[$2] != $1 { print $2 }' \
		"$headers/Module.symvers" "$dir/drivers/md/Module.symvers" | paste -s -d ' ')
	[[ ! $changed ]] ||
		die "$dir" "the kernel's other modules do not fit these: $changed changed" \
			"Use the headers and the source of one kernel package."
}

# compile: with the compiler that built the kernel, or the usual one where that is
# not installed.
compile() {
	local log=$dir/build.log wanted compiler
	wanted=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\).*/\1/p' "$headers/.config")
	compiler=$(command -v "${wanted:-gcc}" || echo gcc)
	say "building ${modules[*]} of Linux $(make -s -C "$headers" kernelrelease)"
	make -C "$headers" M="$dir/drivers/md" CC="ccache $compiler" -j"$(nproc)" "${modules[@]/%/.ko}" >"$log" 2>&1 || {
		grep -m 5 -A 8 'error:' "$log" >&2 || tail -n 20 "$log" >&2
		die "$dir" "the modules do not build with $compiler (see above); the kernel was built with $wanted" \
			"Install $wanted if it is another one; the whole log is $log."
	}
}

main() {
	local headers source dir module
	headers=$(realpath -m "${1:-/lib/modules/$(uname -r)/build}")
	source=$("$repo/scripts/source.sh")
	check_headers
	composed=$(mktemp -d)
	trap 'rm -rf "$composed"' EXIT
	QUIET=1 "$repo/scripts/compose.sh" "$composed/mails"
	dir=$build/dm-modules/$(make -s -C "$headers" kernelrelease)
	patch_source
	compile
	check_built
	mkdir "$dir/modules"
	for module in "${modules[@]}"; do
		strip --strip-debug -o "$dir/modules/$module.ko" "$dir/drivers/md/$module.ko"
	done
	printf '%s\n' "$dir/modules"
}

main "$@"; exit
