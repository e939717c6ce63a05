#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Renew the tables in Documentation/dm-iopoll/comparison.md from the results of
# the same tests on three kernels.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$repo/Documentation/dm-iopoll/comparison.md

# column TITLE DIR TARGET [CHECK]: an argument for lab comparison.
column() {
	[[ -e $2/results.json ]] || die "$2/results.json" "there are no results of these tests yet" "Run: make $3"
	column="$1=$2/results.json${4:+:$4}"
}

main() {
	local columns=() column tables
	column "ours" "$build/check" "check T=guest.poll" guest.poll
	columns+=(--column "$column")
	column "unpatched $(base_value version)" "$build/check-base" "check KERNEL=base"
	columns+=(--column "$column")
	column "upstream $(base_value version "$repo/patches/6.12/BASE")" "$build/check-upstream" \
		"check KERNEL=upstream"
	columns+=(--column "$column")
	tables=$(mktemp)
	"$build/tools/lab/lab" comparison "${columns[@]}" >"$tables"
	# all below the marker is made here, all above it by hand
	sed -i '/^<!-- made by make comparison/q' "$page"
	{ echo && cat "$tables"; } >>"$page"
	rm "$tables"
	say "the tables in $page are new"
}

main
