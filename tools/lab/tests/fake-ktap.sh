#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fake-ktap.sh MODE [--filter NAME]...: a test program as runner.sh needs it.
set -euo pipefail

mode=$1
shift

run_good()
{
	local names=(stripe.read stripe.write linear.read)
	local -a wanted=()
	while (($# > 0)); do
		wanted+=("$2")
		shift 2
	done
	((${#wanted[@]} > 0)) || wanted=("${names[@]}")
	echo "KTAP version 1"
	echo "1..${#wanted[@]}"
	for i in "${!wanted[@]}"; do
		echo "ok $((i + 1)) ${wanted[i]}"
	done
}

# A guest that ends at the first case that fails, or with it.
run_survey()
{
	local i=0
	echo "KTAP version 1"
	echo "1..$(($# / 2))"
	while (($# > 0)); do
		i=$((i + 1))
		case $2 in
		*.fails) printf '%s\n' "# end:    failed" "# what:   a number" "# got:    1" "# table:  x" "not ok $i $2" && exit 1 ;;
		*.stalls) printf '%s\n' "# end:    stalled" "# wanted: an end" "not ok $i $2" && exit 1 ;;
		*.oopses)
			printf '%s\n' "[ 1.0] BUG: kernel NULL pointer" "[ 1.1] RIP: 0010:dm_x+0x1/0x2" >"$LAB_CONSOLE"
			exit 3
			;;
		*.hangs) exit 5 ;;
		*.skips) echo "ok $i $2 # SKIP no disk" ;;
		*) echo "ok $i $2" ;;
		esac
		shift 2
	done
}

case $mode in
--list-survey)
	printf '%s\n' "s.one   passes" s.fails s.two s.oopses s.hangs s.skips s.stalls s.three
	;;
survey)
	run_survey "$@"
	;;
dead)
	exit 3
	;;
--list)
	printf '%s\n' stripe.read stripe.write linear.read
	;;
good)
	run_good "$@"
	;;
short)
	printf '%s\n' "KTAP version 1" "1..3" "ok 1 a.one" "ok 2 a.two"
	;;
status)
	printf '%s\n' "1..1" "ok 1 a.one"
	exit 1
	;;
lost)
	printf '%s\n' "1..2" "# what:   a number" "# got:    3" "# device: dm-0" "# seed:   7" "not ok 1 a.one" "ok 2 a.two # SKIP no disk"
	exit 3
	;;
control)
	printf '%s\n' "1..2" "not ok 1 poll.read" "ok 2 irq.read"
	exit 1
	;;
esac
