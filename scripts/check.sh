#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build the kernels that the checks need, then run the checks listed in
# tools/lab/checks.json, or those that match the patterns.
#
#   scripts/check.sh [--list] [PATTERN...]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lab=$build/tools/lab/lab

run_lab() {
	"$lab" check --checks "$repo/tools/lab/checks.json" --results "$build/check" \
		--var "repo=$repo" --var "build=$build" \
		--var "lab=$lab" --var "selftests=$build/selftests" \
		--var "kernel.ours=${ours:-none}/vmlinux" --var "kernel.base=${base:-none}/vmlinux" \
		--var "leaf.ours=${leaf_ours:-none}" --var "leaf.base=${leaf_base:-none}" "$@"
}

main() {
	local names
	if [[ ${1:-} == --list ]]; then
		run_lab --list
		return
	fi
	# an unknown pattern fails here, before kernels are built for it
	names=$(run_lab --list "$@") || exit 2
	say "$(wc -l <<<"$names") checks"
	ours=$("$repo/scripts/kernel.sh" ours)
	leaf_ours=$("$repo/scripts/kernel.sh" --leaf ours)
	if [[ $names == *base* ]]; then
		base=$("$repo/scripts/kernel.sh" base)
		leaf_base=$("$repo/scripts/kernel.sh" --leaf base)
	fi
	run_lab "$@"
}

main "$@"; exit
