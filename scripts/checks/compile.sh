#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The C files of the series compile with W=1 and under sparse without a finding
# that the base does not have, too.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# findings VARIANT: what compiler, kernel-doc and sparse say about the files of
# the series, without line numbers.
findings() {
	local tree objects=() file
	tree=$("$repo/scripts/kernel.sh" --tree "$1")
	while read -r file; do
		[[ -e $tree/$file.c && $file != tools/* ]] && objects+=("$file.o")
	done < <(sed -n 's|^diff --git a/.* b/\(.*\)\.c$|\1|p' "$mails"/0*.patch | sort -u)
	echo "$1: ${#objects[@]} files" >&2
	(cd "$tree/obj" && rm -f "${objects[@]}")
	make -s -C "$tree" O="$tree/obj" -j"$(nproc)" W=1 C=1 "${objects[@]}" 2>&1 |
		grep -E ' (warning|error):' | sed -E 's|^(\.\./)*||; s/:[0-9]+:([0-9]+:)?//' | sort -u
}

lock objects # of the build trees: series.sizes builds in them, too
QUIET=1 "$repo/scripts/compose.sh" "$mails"
findings ours >"$work/ours" || [[ ! -s $work/ours ]]
if [[ -s $work/ours ]]; then
	findings base >"$work/base" || [[ ! -s $work/base ]]
	comm -23 "$work/ours" "$work/base" >"$work/new"
	cat "$work/new"
	[[ ! -s $work/new ]]
fi
