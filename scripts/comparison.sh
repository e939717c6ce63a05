#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Renew the tables in Documentation/dm-iopoll/comparison.md. Each kernel's
# results are kept in Documentation/dm-iopoll/results/, with the day of the run:
# what build/ has newer results of replaces what is kept. So one column, or the
# tests of one pattern (make check T=chain.*), can be renewed without the others.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$repo/Documentation/dm-iopoll/comparison.md
kept=$repo/Documentation/dm-iopoll/results

# merge RESULTS KEPT RUN [CHECK]: what is to be kept. A run of nearly all tests
# replaces everything, so that a test that was removed goes.
merge() {
	jq -r --slurpfile kept "$2" --arg run "$3" --arg check "${4:-}" '
		$kept[0].results as $old
		| [.results[] | select($check == "" or .check == $check) | {check, name, reason, state, run: $run}] as $new
		| INDEX($new[]; .name) as $renewed
		| INDEX($old[]; .name) as $known
		| if 10 * ($new | length) >= 9 * ($old | length) then $new
		  else [$old[] | $renewed[.name] // .] + [$new[] | select($known[.name] | not)] end
		| "{\"results\": [\n" + (map(tojson) | join(",\n")) + "\n]}"' "$1"
}

# keep NAME DIR TARGET [CHECK]: take over what make TARGET has written to DIR.
keep() {
	local from=$2/results.json to=$kept/$1.json run
	if [[ -e $from && (! -e $to || $from -nt $to) ]]; then
		run=$(date -r "$from" -u +%F)
		[[ -e $to ]] || echo '{"results": []}' >"$to"
		merge "$from" "$to" "$run" "${4:-}" >"$to.new"
		mv "$to.new" "$to"
		say "$1: took the results of $run over"
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
