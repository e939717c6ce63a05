#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Mutation testing: does each safeguard in the kernel code have a test that
# fails without it? For every patch in tools/lab/mutants/ (or those that match
# PATTERN): make check KERNEL=mutant-NAME with the tests that it names, each of
# which must fail, or take the guest down. Report: build/mutation/report.md.
# Documentation/dm-iopoll/mutants.md tells, in short, what a whole run said.
#
#   scripts/mutation.sh [PATTERN]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/mutation

# header NAME KEY: the values of a line in the head of a mutant.
header() {
	sed -n "/^diff /q; s/^$2: //p" "$repo/tools/lab/mutants/$1.patch"
}

# try NAME: all tests of one mutant.
try() {
	local name=$1 kernel tests state test seen log=$out/$1.log
	mapfile -t tests < <(header "$name" Test)
	kernel=$("$repo/scripts/kernel.sh" "mutant-$name")
	KERNEL=mutant-$name MACHINE='' "$repo/scripts/check.sh" "${tests[@]}" >"$log" || missed=$((missed + 1))
	while IFS=$'\t' read -r state test seen; do
		[[ $state == FAILED ]] || found=$((found + 1))
		say "$name: $test: $seen"
		printf "| %s | %s | \`%s\` | %s |\n" "$name" "$(header "$name" Undoes)" "$test" "${seen//|/\\|}" >>"$out/report.md"
	done < <(sed -nE 's/^(ok|FAILED) +guest\.[a-z]+\/([^ ]+) \([0-9.]+ s\): (.*)/\1\t\2\t\3/p' "$log" | cut -c 1-250)
	rm -rf "$kernel"
}

main() {
	local names name found=0 missed=0
	mapfile -t names < <(cd "$repo/tools/lab/mutants" && compgen -G "${1:-*}.patch" | sort)
	((${#names[@]})) || die "${1:-}" "no mutant has such a name" "They are in tools/lab/mutants/."
	mkdir -p "$out"
	printf '| mutant | it undoes | test | what the test says |\n|---|---|---|---|\n' >"$out/report.md"
	for name in "${names[@]}"; do
		try "${name%.patch}"
	done
	say "report: $out/report.md"
	echo "$found tests failed, as they must; $missed mutants have one that did not"
	((!missed))
}

main "$@"; exit
