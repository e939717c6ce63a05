#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What our documents say and a script can check: links lead somewhere, commands of make exist,
# numbers of mails are those of the series, pictures are drawn from their text, no place was
# left unfilled, and no line of prose is wider than a screen.
#   documents.sh [DIRECTORY]      default: this repository
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

root=${1:-$repo}
widest=150
problems=0

problem() {
	echo "$*"
	problems=$((problems + 1))
}

# anchors FILE: of its headings, as GitHub makes them.
anchors() {
	sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}

# prose FILE: without blocks of code.
prose() {
	awk '/^```/ { code = !code; next } !code && !/^    /' "$1"
}

check_link() {
	local file=$1 link=$2 target anchor
	[[ $link != *://* && $link != mailto:* ]] || return 0
	target=${link%%#*} anchor=
	[[ $link != *#* ]] || anchor=${link#*#}
	target=${target:+$(dirname "$file")/$target}
	target=${target:-$file}
	[[ -e $target ]] || { problem "$file: the link to $link leads nowhere" && return; }
	[[ ! $anchor ]] || anchors "$target" | grep -qxF -- "$anchor" || problem "$file: $link: there is no such heading"
}

check_links() {
	local link
	# some pages show such a link as text
	! prose "$1" | grep -E '\]\([^)]*$' || problem "$1: a link that is broken over two lines"
	while read -r link; do
		check_link "$1" "$link"
	done < <(prose "$1" | grep -oE '\]\([^) ]+\)' | sed -e 's/^](//' -e 's/)$//')
}

# Commands as code: `make x`, or a line of a block that begins with make.
check_commands() {
	local target
	while read -r target; do
		grep -qE "^([a-z -]* )?$target\b.*:" "$root"/Makefile "$root"/tools/*/Makefile "$root"/tools/testing/selftests/*/Makefile ||
			problem "$1: there is no 'make $target'"
	done < <(grep -oE '(`|^)(sudo )?make (-s )?[a-z][a-z-]*' "$1" | sed 's/.*make \(-s \)\?//' | sort -u)
}

check_lines() {
	local said
	said=$(prose "$1" | awk -v widest=$widest '!/^\|/ && length > widest { print substr($0, 1, 60) "..." }')
	[[ ! $said ]] || problem "$1: lines of more than $widest characters: $said"
	! grep -nE '@[A-Z]+@' "$1" || problem "$1: a place that was not filled in"
}

# number_is FILE PATTERN WANTED: the number that the pattern catches.
number_is() {
	local got
	got=$(sed -nE "s/.*$2.*/\1/p" "$root/$1" | sort -u)
	[[ $got == "$3" ]] || problem "$1: '$2' says '${got:-nothing}', it is $3"
}

# letter_mails PAGE: the numbers of the mails that the letter to security@ says fix the panics.
letter_mails() {
	sed -n 's/^Patches \(.*\) of the attached series fix them.*/\1/p' "$1" | grep -oE '[0-9]+'
}

# chosen_mails NUMBER...: these mails of the series, a name a line.
chosen_mails() {
	mails | sed -n "$(printf '%sp;' "$@")"
}

check_numbers() {
	local total fixes series letter series_dir=$series_dir page=Documentation/dm-iopoll/upstream.md
	total=$(mails | wc -l)
	fixes=$(base_value fixes)
	number_is README.md 'the ([0-9]+) mails of the series' "$total"
	number_is README.md 'The first ([0-9]+) mails are fixes' "$fixes"
	number_is patches/5.10/cover-letter 'Patches 1 to ([0-9]+) are fixes' "$fixes"
	number_is README.md 'made for (5\.10\.[0-9]+)' "$(base_value version | cut -d - -f 1)"
	for series in 6.12 7.3; do
		series_dir=$repo/patches/$series
		fixes=$(sed -n 's/^fixes=//p' "$root/patches/$series/BASE")
		total=$(mails | head -n "$fixes" | changed_lines)
		number_is $page '^([0-9]+) lines in dm and blk-throttle' "$total"
		number_is README.md 'Their first [0-9]+ mails, ([0-9]+) lines' "$total"
		number_is "patches/$series/cover-letter" 'of their own, too: ([0-9]+) lines' "$total"
		number_is $page 'Mails 1 to ([0-9]+) can be taken' "$fixes"
		number_is "patches/$series/cover-letter" 'Patches 1 to ([0-9]+) are a series' "$fixes"
		number_is README.md 'Their first ([0-9]+) mails' "$fixes"
	done
	# the letter has the series for 7.3, the last of these
	mapfile -t letter < <(letter_mails "$root/$page")
	number_is $page '^change ([0-9]+) lines' "$(chosen_mails "${letter[@]}" | changed_lines)"
}

check_pictures() {
	local source
	for source in "$root"/Documentation/pictures/*.dot; do
		grep -q "drawn from $(sha256sum <"$source" | cut -c 1-64) " "${source%.dot}.svg" ||
			problem "$source: the picture is not drawn from it; run make pictures"
	done
}

main() {
	local file
	for file in "$root"/*.md "$root"/Documentation/dm-iopoll/*.md "$root"/tools/*/README.md; do
		check_links "$file"
		check_commands "$file"
		# made by a program from the results of tests
		[[ $file == */mutants.md || $file == */comparison.md ]] || check_lines "$file"
	done
	check_numbers
	check_pictures
	((problems == 0))
}

main
