#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Renew the tables in Documentation/dm-iopoll/comparison.md. Each kernel's
# results are kept in Documentation/dm-iopoll/results/, so that one column can be
# renewed without the others: where build/ has newer results of all tests, they
# replace what is kept.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$repo/Documentation/dm-iopoll/comparison.md
kept=$repo/Documentation/dm-iopoll/results

# cases FILE [CHECK]: one line for each test in a results.json, without what is of one run only.
cases() {
	jq -c --arg check "${2:-}" \
		'.results[] | select($check == "" or .check == $check) | {check, name, reason, state}' "$1"
}

# keep NAME DIR TARGET [CHECK]: take over what make TARGET has written to DIR.
keep() {
	local from=$2/results.json to=$kept/$1.json lines
	if [[ -e $from && ( ! -e $to || $from -nt $to ) ]]; then
		lines=$(cases "$from" "${4:-}")
		# make check T=PATTERN leaves results of some tests; a test that was removed must not matter
		if ((10 * $(wc -l <<<"$lines") >= 9 * $(grep -c '"state"' "$to" 2>/dev/null || echo 300))); then
			printf '{"run": "%s",\n"results": [\n%s\n]}\n' "$(date -r "$from" -u +%F)" \
				"$(sed '$!s/$/,/' <<<"$lines")" >"$to.new" && mv "$to.new" "$to"
			say "$1: took the results of $(date -r "$from" -u +%F) over"
		else
			say "$1: $from has some of the tests only; the column stays as it is. Run: make $3"
		fi
	fi
	[[ -e $to ]] || die "$to" "there are no results of these tests yet" "Run: make $3"
}

main() {
	local columns=() kernel title tables
	mkdir -p "$kept"
	keep ours "$build/check" "check T=guest.poll" guest.poll
	keep base "$build/check-base" "check KERNEL=base"
	columns=(--column "ours=$kept/ours.json" --column "unpatched $(base_value version)=$kept/base.json")
	for kernel in {6.12,7.3}{-debian,-fixed}; do
		title=$(base_value version "$repo/patches/${kernel%-*}/BASE")
		case $kernel in
		*-fixed) title+=", fixed" ;;
		*-debian) title+=", Debian's package" ;;
		esac
		keep "$kernel" "$build/check-$kernel" "check KERNEL=$kernel"
		columns+=(--column "$title=$kept/$kernel.json")
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
