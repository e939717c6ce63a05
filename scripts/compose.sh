#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Compose the series: patch mails (hooks) + new files (overlay) -> mails for
# `git am`, with a cover letter. Needs no kernel tree.
#
#   [SERIES=5.10] scripts/compose.sh [DIR]       default: build/patches/SERIES
# Where BASE says how many mails at its beginning are fixes that stand alone,
# these are composed as a series of their own, too: DIR-fixes. Of each, DIR.mbox.
# Where it says how many at its end are rfc, their subjects say so.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# new_file_diff FILE: the diff that creates an overlay file.
new_file_diff() {
	[[ -f $repo/$1 ]] ||
		die "$1" "a patch mail names this file in an Adds: line, but it is not here" "Add the file, or drop the line."
	# diff says 1 for "they differ", which is what is wanted
	(cd "$repo" && git_alone diff --no-index --no-color --no-ext-diff -- /dev/null "$1") || [[ $? == 1 ]]
}

# compose_diff MAIL: all that this mail changes.
compose_diff() {
	local file
	sed -n '/^diff --git /,$p' "$series_dir/$1" | sed '/^-- $/,$d'
	while read -r file; do
		new_file_diff "$file"
	done < <(added_files "$1")
}

# compose_mail MAIL NUMBER TOTAL: the whole mail on stdout.
compose_mail() {
	local diff rfc=
	(($2 <= $3 - ${rfcs:-0})) || rfc=' RFC'
	diff=$(mktemp)
	compose_diff "$1" >"$diff"
	echo "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001"
	sed -n '/^---$/q; /^Adds: /!p' "$series_dir/$1" |
		sed "s|^Subject: \[\(PATCH[^]]*\)\]|Subject: [\1$rfc${prefix:+ $prefix} $2/$3]|"
	printf -- '---\n'
	diffstat_of "$diff"
	echo
	cat "$diff"
	printf -- '-- \ndm-iopoll\n\n'
	rm "$diff"
}

# diffstat_of FILE...: without a tree, hence outside of any repository.
diffstat_of() {
	(cd / && git_alone apply --stat --summary "$@")
}

# diffstat_of_all FILE...: of many mails together, each file once.
diffstat_of_all() {
	(cd / && git_alone apply --numstat "$@") |
		awk -F '\t' '{ added[$3] += $1; gone[$3] += $2 } END { for (file in added) print file "\t" added[file] "\t" gone[file] }' | sort |
		awk -F '\t' '{ printf " %-60s | %5d + %5d -\n", $1, $2, $3; added += $2; gone += $3 }
			END { printf " %d files changed, %d insertions(+), %d deletions(-)\n", NR, added, gone }'
}

# cover_letter DIR TOTAL FILE: fills the places in a cover letter.
cover_letter() {
	local total=$2 out=$1
	sed -e "s|@SUBJECT@|Subject: [PATCH${prefix:+ $prefix} 0/$total]|" -e '/^#/d' "$3" |
		while IFS= read -r line; do
			case $line in
			@SHORTLOG@) sed -n 's/^Subject: \[PATCH[^]]*\] /  /p' "$out"/0[0-9]*[1-9]*-*.patch ;;
			@DIFFSTAT@) diffstat_of_all "$out"/0[0-9]*[1-9]*-*.patch ;;
			@BASE@) echo "base-commit: $(base_value commit)" ;;
			*) printf '%s\n' "$line" ;;
			esac
		done
}

# compose_series DIR TOTAL COVER: the first TOTAL mails, whole.
compose_series() {
	local out total=$2 number=0 mail name
	mkdir -p "$1"
	out=$(cd "$1" && pwd)
	rm -f "$out"/[0-9][0-9][0-9][0-9]-*.patch
	while read -r mail; do
		number=$((number + 1))
		name=$(basename "$mail")
		compose_mail "$mail" "$number" "$total" >"$out/$(printf %04d $number)-${name#[0-9]*-}"
	done < <(mails | head -n "$total")
	cover_letter "$out" "$total" "$series_dir/$3" >"$out/.cover"
	mv "$out/.cover" "$out/0000-cover-letter.patch"
	cat "$out"/0*.patch >"$out.mbox"
	say "$total mails and a cover letter are in $out, and in $out.mbox"
}

# check_all_brought: no new file is left behind, without a mail that brings it.
check_all_brought() {
	local left
	left=$(comm -13 <(mails | while read -r mail; do added_files "$mail"; done | sort) \
		<(own_files block drivers include tools/testing/selftests))
	[[ ! $left ]] ||
		die "$left" "no mail of the series brings it" "Name it in an Adds: line of the mail that it belongs to."
}

main() {
	local out=${1:-$build/patches/$SERIES} fixes
	prefix=$(base_value prefix)
	rfcs=$(base_value rfc)
	[[ $SERIES != 5.10 ]] || check_all_brought
	compose_series "$out" "$(mails | wc -l)" cover-letter
	fixes=$(base_value fixes)
	[[ ! $fixes ]] || compose_series "$out-fixes" "$fixes" cover-letter-fixes
}

main "$@"
