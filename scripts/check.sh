#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build the kernels that the checks need, then run the checks listed in
# tools/lab/checks.json, or those that match the patterns.
#
#   [KERNEL=ours|base|debug|6.12[-fixed]|7.3[-fixed]] scripts/check.sh [--list] [PATTERN...]
#     base, 6.12, 7.3: only the tests in the guest, on that kernel, to compare
#     6.12-fixed, 7.3-fixed: the same, with the fixes of that series
#     debug: the tests in the guest, on a kernel that checks itself
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lab=$build/tools/lab/lab
checks=checks.json
results=$build/check

choose_variant() {
	case ${KERNEL:-ours} in
	ours) ;;
	base | debug)
		checks=checks-$KERNEL.json
		results=$build/check-$KERNEL
		;;
	upstream | 6.12* | 7.3*)
		checks="checks-upstream.json"
		results=$build/check-$KERNEL
		;;
	*) die "KERNEL=$KERNEL" "there is no such kernel to check" "Use ours, base, debug, 6.12, 6.12-fixed, 7.3 or 7.3-fixed." ;;
	esac
}

# Two checks at a time: most of them wait, or have one busy CPU.
run_lab() {
	"$lab" check --jobs 2 --checks "$repo/tools/lab/$checks" --results "$results" \
		--var "kernel=${kernel:-none}/vmlinux" --var "modules=${kernel:-none}/modules" \
		--var "repo=$repo" --var "build=$build" \
		--var "lab=$lab" --var "selftests=$build/selftests" \
		--var "kernel.ours=${ours:-none}/vmlinux" --var "kernel.base=${base:-none}/vmlinux" \
		--var "kernel.debug=${debug:-none}/vmlinux" --var "leaf.ours=${leaf_ours:-none}" \
		--var "leaf.base=${leaf_base:-none}" --var "leaf.debug=${leaf_debug:-none}" "$@"
}

main() {
	local names
	choose_variant
	if [[ ${1:-} == --list ]]; then
		run_lab --list
		return
	fi
	# an unknown pattern fails here, before kernels are built for it
	names=$(run_lab --list "$@") || exit 2
	say "$(wc -l <<<"$names") checks"
	if [[ ${KERNEL:-ours} != ours ]]; then
		kernel=$("$repo/scripts/kernel.sh" "$KERNEL")
		[[ $KERNEL != debug ]] || leaf_debug=$("$repo/scripts/kernel.sh" --leaf debug)
	else
		ours=$("$repo/scripts/kernel.sh" ours)
		leaf_ours=$("$repo/scripts/kernel.sh" --leaf ours)
		if [[ $names == *base* ]]; then
			base=$("$repo/scripts/kernel.sh" base)
			leaf_base=$("$repo/scripts/kernel.sh" --leaf base)
		fi
		if [[ $names == *guest.debug* ]]; then
			debug=$("$repo/scripts/kernel.sh" debug)
			leaf_debug=$("$repo/scripts/kernel.sh" --leaf debug)
		fi
	fi
	run_lab "$@"
}

main "$@"; exit
