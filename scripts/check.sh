#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build the kernels that the checks need, then run the checks listed in
# tools/lab/checks.json, or those that match the patterns.
#
#   [KERNEL=ours|base|debug|6.12[-...]|7.3[-...]|FILE] scripts/check.sh [--list] [PATTERN...]
#     base, 6.12, 7.3: only the tests in the guest, on that kernel, to compare
#     6.12-fixed, 7.3-fixed: the same, with the fixes of that series
#     6.12-debian, 6.12-debian-fixed: Debian's own kernel of that source; with the
#       fixes in dm's modules
#     debug: the tests in the guest, on a kernel that checks itself
#     FILE: the same on a distribution's own kernel, /boot/vmlinuz-VERSION, with
#       the modules in MODULES (/lib/modules/VERSION)
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
	*/*)
		checks="checks-upstream.json"
		results=$build/check-installed
		;;
	*) die "KERNEL=$KERNEL" "there is no such kernel to check" "Use ours, base, debug, 6.12, 6.12-fixed, 7.3, 7.3-fixed, or a file: /boot/vmlinuz-VERSION." ;;
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
		--var "leaf.base=${leaf_base:-none}" --var "leaf.debug=${leaf_debug:-none}" \
		--again "make check ${KERNEL:+KERNEL=$KERNEL }${MODULES:+MODULES=$MODULES }T=" "$@"
}

# build_needed VARIANT: the kernel and the test leaf, as far as a check needs them.
build_needed() {
	local built
	if [[ $needs == *" kernel.$1 "* ]]; then
		built=$("$repo/scripts/kernel.sh" "$1")
		printf -v "$1" %s "$built"
	fi
	if [[ $needs == *" leaf.$1 "* ]]; then
		built=$("$repo/scripts/kernel.sh" --leaf "$1")
		printf -v "leaf_$1" %s "$built"
	fi
}

main() {
	local needs fixed
	choose_variant
	if [[ ${1:-} == --list ]]; then
		run_lab "$@"
		return
	fi
	# an unknown pattern fails here, before kernels are built for it
	needs=" $(run_lab --needs "$@" | paste -s -d ' ') "
	if [[ ${KERNEL:-ours} == */* ]]; then
		kernel=$("$repo/scripts/installed.sh" "$KERNEL")
	elif [[ ${KERNEL:-ours} == *-debian* ]]; then
		fixed=${KERNEL#*-debian}
		kernel=$(SERIES=${KERNEL%%-*} "$repo/scripts/debian.sh" ${fixed:+"-$fixed"})
	elif [[ ${KERNEL:-ours} != ours ]]; then
		kernel=$("$repo/scripts/kernel.sh" "$KERNEL")
	fi
	build_needed ours
	build_needed base
	build_needed debug
	run_lab "$@"
}

main "$@"; exit
