#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Renew the tables in Documentation/dm-iopoll/comparison.md from the results of
# the same tests on ours, on the base, and on the newer kernels that were tested.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$repo/Documentation/dm-iopoll/comparison.md

# add_column TITLE DIR TARGET [CHECK]: the results in DIR, which make TARGET writes.
add_column() {
	[[ -e $2/results.json ]] || die "$2/results.json" "there are no results of these tests yet" "Run: make $3"
	columns+=(--column "$1=$2/results.json${4:+:$4}")
}

main() {
	local columns=() kernel title tables
	add_column ours "$build/check" "check T=guest.poll" guest.poll
	add_column "unpatched $(base_value version)" "$build/check-base" "check KERNEL=base"
	for kernel in 6.12{,-debian,-fixed} 7.3{,-debian,-fixed}; do
		title=$(base_value version "$repo/patches/${kernel%-*}/BASE")
		case $kernel in
		*-fixed) title+=", fixed" ;;
		*-debian) title+=", Debian's package" ;;
		esac
		if [[ -e $build/check-$kernel/results.json ]]; then
			add_column "$title" "$build/check-$kernel" "check KERNEL=$kernel"
		else
			say "there is no column for $title: run make check KERNEL=$kernel"
		fi
	done
	tables=$(mktemp)
	"$build/tools/lab/lab" comparison "${columns[@]}" >"$tables"
	# all below the marker is made here, all above it by hand
	sed -i '/^<!-- made by make comparison/q' "$page"
	{ echo && cat "$tables"; } >>"$page"
	rm "$tables"
	say "the tables in $page are new"
}

main
