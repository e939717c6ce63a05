#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What `make check` has no time for: the tests on the debug kernel, random
# stress with other seeds each time, every commit of the series. Goes on after
# a failure; its last line counts the steps.
#
#   scripts/check-long.sh [STRESS_ROUNDS]     default: 10
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-10}
results=$build/check-long

# step NAME VARIABLE=VALUE... COMMAND...: run it, with its output in a log of that name.
step() {
	local name=$1 log=$results/$1.log
	shift
	number=$((number + 1))
	say "[$number/$((rounds + 2))] $name: begun at $(date +%T)"
	if env -u KERNEL -u MACHINE "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		say "[$number/$((rounds + 2))] $name: ok: $(tail -n 1 "$log")"
	else
		say "[$number/$((rounds + 2))] $name: FAILED, see $log; its end:"
		tail -n 10 "$log" >&2
	fi
}

main() {
	local number=0 passed=0 round seed
	mkdir -p "$results"
	for ((round = 1; round <= rounds; round++)); do
		seed=$((SRANDOM))
		step "stress-seed-$seed" "SEED=$seed" DURATION=60 "$repo/scripts/check.sh" guest.stress
	done
	step debug-kernel KERNEL=debug "$repo/scripts/check.sh"
	step every-commit "$repo/scripts/bisect.sh"
	echo "$passed passed, $((number - passed)) failed"
	((passed == number))
}

main; exit
