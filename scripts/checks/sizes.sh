#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The structs of the non-polled path, before and after the series, as pahole
# sees them: those that each IO has must not grow. The table is also left in
# build/sizes.md.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# grown at all is wrong for these; the others may, once per device
fixed=(bio request dm_io dm_target_io dm_target)
once=(blk_mq_hw_ctx request_queue mapped_device)

# layout VARIANT TREE: compile one file that sees all of them, with debug information.
layout() {
	local tree dir=$work/$1
	hold_tree "$1" "$2"
	mkdir "$dir"
	echo '#include "dm.c"' >"$dir/sizes.c"
	printf "%s\n" "obj-m := sizes.o" "ccflags-y := -I$tree/drivers/md -g" >"$dir/Kbuild"
	if ! {
		make -s -C "$tree" O="$tree/obj" modules_prepare &&
			make -s -C "$tree" O="$tree/obj" M="$dir" sizes.o
	} >"$work/log" 2>&1; then
		cat "$work/log"
		die "$1" "the file that sees all structs does not compile" "See above."
	fi
}

# struct VARIANT STRUCT: as pahole shows it. That of Debian 13 (1.30) prints it, and
# then ends with 1, "Invalid argument", whatever the file is.
struct() {
	pahole -F dwarf -C "$2" "$work/$1/sizes.o" 2>"$work/pahole" || true
}

# size VARIANT STRUCT: bytes.
size() {
	struct "$1" "$2" | sed -n 's|.*/\* size: \([0-9]*\),.*|\1|p'
}

# members VARIANT STRUCT: one a line, without offsets.
members() {
	struct "$1" "$2" | sed -n 's|^\t\(.*;\) .*|\1|p' | tr -s ' \t' ' '
}

# added STRUCT: members that only the series has.
added() {
	diff <(members base "$1") <(members ours "$1") | sed -n 's/^> //p' | paste -s -d ' '
}

table() {
	local name before after
	echo '| struct | before | after | new members |'
	echo '|---|---|---|---|'
	for name in "${fixed[@]}" "${once[@]}"; do
		before=$(size base "$name")
		after=$(size ours "$name")
		[[ $before && $after ]] || die "struct $name" "pahole does not find it: $(<"$work/pahole")" "Is it still in dm.c?"
		echo "| $name | $before | $after | $(added "$name") |"
	done
}

need_command pahole dwarves
lock objects # series.compile holds both trees, too, in another order
layout base base
layout ours series
table | tee "$build/sizes.md"
grown=$(for name in "${fixed[@]}"; do
	awk -F ' *[|] *' -v name="$name" '$2 == name && ($3 != $4 || $5 != "")' "$build/sizes.md"
done)
[[ ! $grown ]] || die "$grown" "each IO has one of these, and it changed" "Find another place."
