#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The C files of the series compile with W=1 and under sparse without a finding
# that the base does not have, too. With SERIES=6.12 or 7.3: the fixes for that.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# findings VARIANT TREE: what compiler, kernel-doc and sparse say about the files of
# the series, without line numbers.
findings() {
	local tree objects=() file
	hold_tree "$1" "$2"
	while read -r file; do
		[[ -e $tree/$file.c && $file != tools/* ]] || continue
		# the test machine of 5.10 has no InfiniBand: its headers are not enough there
		[[ $file != */nvme/host/rdma ]] || grep -q ^CONFIG_NVME_RDMA= "$tree/obj/.config" || continue
		objects+=("$file.o")
	done < <(sed -n 's|^diff --git a/.* b/\(.*\)\.c$|\1|p' "$mails"/0*.patch | sort -u)
	echo "$1: ${#objects[@]} files" >&2
	(cd "$tree/obj" && rm -f "${objects[@]}")
	make -s -C "$tree" O="$tree/obj" -j"$(nproc)" W=1 C=1 "${objects[@]}" >"$work/log" 2>&1 ||
		die "$1" "it does not compile: $(grep -m 3 -E 'error:|\*\*\*' "$work/log")" "Mend the series."
	sed -nE '/ (warning|error):/ { s|^(\.\./)*||; s/:[0-9]+:([0-9]+:)?//p }' "$work/log" | sort -u
}

case $SERIES in
5.10) ours=ours base=base ;;
*) ours=$SERIES-fixed base=$SERIES ;;
esac
lock objects # series.sizes holds both trees, too, in another order
QUIET=1 "$repo/scripts/compose.sh" "$mails"
findings "$ours" series >"$work/ours"
if [[ -s $work/ours ]]; then
	findings "$base" base >"$work/base"
	comm -23 "$work/ours" "$work/base" >"$work/new"
	cat "$work/new"
	[[ ! -s $work/new ]]
fi
