#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build the kernels that the checks need, then run the checks listed in
# tools/lab/checks.json, or those that match the patterns.
#
#   [KERNEL=ours|base|debug|6.12[-...]|7.3[-...]|mutant-NAME|SERIES-commit-N|FILE] [MACHINE=NAME] scripts/check.sh [--list] [PATTERN...]
#     base, 6.12, 7.3: only the tests in the guest, on that kernel, to compare
#     6.12-fixed, 7.3-fixed: the same, with the fixes of that series
#     6.12-debian, 7.3-debian: Debian's own kernel of that source; 6.12-debian-fixed:
#       with the fixes in dm's modules
#     debug: the tests in the guest, on a kernel that checks itself
#     mutant-NAME: the tests must fail on it; SERIES-commit-N: it boots, and a disk polls
#     FILE: the same on a distribution's own kernel, /boot/vmlinuz-VERSION, with
#       the modules in MODULES (/lib/modules/VERSION)
#     MACHINE: the tests on another machine of checks.json than the usual one
#     SEED, DURATION: of guest.stress, 1 and 3 seconds for each of its tests
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lab=$build/tools/lab/lab
declare -A kernels leaves

# choose_set: which of the checks are for this kernel, and where their results go.
choose_set() {
	case ${KERNEL:-ours} in
	ours) set=ours results=$build/check ;;
	base | debug) set=$KERNEL results=$build/check-$KERNEL ;;
	mutant-*) set=mutant results=$build/check-$KERNEL ;;
	[0-9]*-commit-*) set=commit results=$build/check-$KERNEL ;;
	upstream | 6.12* | 7.3*) set=other results=$build/check-$KERNEL ;;
	*/*) set=other results=$build/check-installed ;;
	*) die "KERNEL=$KERNEL" "there is no such kernel to check" "Use ours, base, debug, 6.12, 6.12-fixed, 7.3, 7.3-fixed, 5.10-commit-N, mutant-NAME, or a file: /boot/vmlinuz-VERSION." ;;
	esac
	results+=${MACHINE:+-$MACHINE}
}

# given NAME...: those of these variables that were, as they are given to make.
given() {
	local name
	for name; do
		[[ ! ${!name:-} ]] || printf '%s=%s ' "$name" "${!name}"
	done
}

# Two checks at a time: most of them wait, or have one busy CPU.
run_lab() {
	local name vars=()
	for name in ours base debug mutant commit other; do
		vars+=(--var "kernel.$name=${kernels[$name]:-none}/vmlinux" --var "leaf.$name=${leaves[$name]:-none}")
	done
	"$lab" check --jobs 2 --checks "$repo/tools/lab/checks.json" --for "$set" ${MACHINE:+--machine "$MACHINE"} \
		--results "$results" --var "repo=$repo" --var "build=$build" --var "lab=$lab" \
		--var "selftests=$build/selftests" --var "modules=${kernels[debug]:-none}/modules" \
		--var "seed=${SEED:-1}" --var "duration=${DURATION:-3}" "${vars[@]}" \
		--again "make check $(given KERNEL MODULES MACHINE SEED DURATION)T=" "$@"
}

# find_other: the newer kernel that KERNEL names.
find_other() {
	local fixed
	case $KERNEL in
	*/*) "$repo/scripts/installed.sh" "$KERNEL" ;;
	*-debian*)
		fixed=${KERNEL#*-debian}
		SERIES=${KERNEL%%-*} "$repo/scripts/debian.sh" ${fixed:+"-$fixed"}
		;;
	*) "$repo/scripts/kernel.sh" "$KERNEL" ;;
	esac
}

main() {
	local set results needs need name
	choose_set
	if [[ ${1:-} == --list ]]; then
		run_lab "$@"
		return
	fi
	# an unknown pattern fails here, before kernels are built for it
	needs=$(run_lab --needs "$@")
	for need in $needs; do
		name=${need#*.}
		case $need in
		kernel.other) kernels[other]=$(find_other) ;;
		kernel.mutant | kernel.commit) kernels[$name]=$("$repo/scripts/kernel.sh" "$KERNEL") ;;
		kernel.*) kernels[$name]=$("$repo/scripts/kernel.sh" "$name") ;;
		# a mutant loads the module of the kernel that it was made of
		leaf.mutant) leaves[mutant]=$("$repo/scripts/kernel.sh" --leaf ours) ;;
		leaf.*) leaves[$name]=$("$repo/scripts/kernel.sh" --leaf "$name") ;;
		esac
	done
	run_lab "$@"
}

main "$@"; exit
