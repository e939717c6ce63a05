#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What `make check` has no time for: the tests on the debug kernel, random
# stress with other seeds each time, every commit of the series. Goes on after
# a failure; its last line counts the steps.
#
#   scripts/check-long.sh [STRESS_ROUNDS [SECONDS_EACH]]     default: 10 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-10}
seconds=${2:-60}
results=$build/check-long

# step NAME COMMAND...: run it, with its output in a log of that name.
step() {
	local name=$1 log=$results/$1.log
	shift
	number=$((number + 1))
	say "[$number/$((rounds + 2))] $name: begun at $(date +%T)"
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		say "[$number/$((rounds + 2))] $name: ok: $(tail -n 1 "$log")"
	else
		say "[$number/$((rounds + 2))] $name: FAILED, see $log; its end:"
		tail -n 10 "$log" >&2
	fi
}

main() {
	local number=0 passed=0 round seed kernel
	mkdir -p "$results"
	kernel=$("$repo/scripts/kernel.sh" ours)
	for ((round = 1; round <= rounds; round++)); do
		seed=$((SRANDOM))
		step "stress-seed-$seed" "$build/tools/lab/lab" run --kernel "$kernel/vmlinux" \
			--nvme 2 --poll-queues 1 --silence $((seconds + 200)) \
			--timeout $((4 * seconds + 600)) -- \
			"$build/selftests/dm_iopoll" -d /dev/nvme0n1 -d /dev/nvme1n1 -f 'stress.*' \
			--duration "$seconds" --seed "$seed" --slow 4
	done
	step debug-kernel env KERNEL=debug "$repo/scripts/check.sh"
	step every-commit env -u KERNEL "$repo/scripts/bisect.sh"
	echo "$passed passed, $((number - passed)) failed"
	((passed == number))
}

main; exit
