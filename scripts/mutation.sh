#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Mutation testing: does each safeguard in the kernel code have a test that
# fails without it? For every patch in tools/lab/mutants/ (or those that match
# PATTERN): build the kernel that it breaks, and run the tests it names, each in
# a guest of its own. Each of them must fail, or take the guest down. A name
# like kunit.CASE is a case of the KUnit suites. Report: build/mutation/report.md.
# Documentation/dm-iopoll/mutants.md tells, in short, what a whole run said.
#
#   scripts/mutation.sh [PATTERN]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/mutation
leaf=

# header NAME KEY: the values of a line in the head of a mutant.
header() {
	sed -n "/^diff /q; s/^$2: //p" "$repo/tools/lab/mutants/$1.patch"
}

# run_test KERNEL TEST: in a guest of its own, hence after no other test.
run_test() {
	local job=("$build/selftests/dm_iopoll" -d /dev/nvme0n1 -d /dev/nvme1n1 --leaf "$leaf" --seed 1 --filter "$2")
	local zones=()
	[[ $2 != zoned.* ]] || zones=(--zone-size 1M)
	[[ $2 != kunit.* ]] || job=("$repo/tools/lab/in-guest/kunit.sh" "$repo")
	"$build/tools/lab/lab" run --quiet --kernel "$1/vmlinux" --nvme 2 "${zones[@]}" --poll-queues 1 --timeout 150 -- "${job[@]}" 2>&1
}

# verdict STATUS TEST LOG: what became of the test, in a line; false if nothing
# shows that the code is broken.
verdict() {
	local name=${2/#kunit./[a-z-]+.}
	if grep -qE "^not ok [0-9]+ ${name//./\\.}\$" "$3"; then
		sed -nE 's/^ *# *(end|what|got|wanted): +/\1: /p; s/^ *# (kernel: )/\1/p' "$3" |
			awk 'NR <= 5' | paste -s -d ';' | sed 's/;/; /g' | cut -c 1-200
	elif (($1 == 3 || $1 == 5)); then
		grep -m 1 -E 'GUEST LOST|TIMEOUT' "$3" | sed 's/^lab: //'
	else
		echo "NOT FOUND: the test passes, or did not run (exit status $1)"
		return 1
	fi
}

# try NAME: all tests of one mutant.
try() {
	local name=$1 kernel test log status seen
	kernel=$("$repo/scripts/kernel.sh" "mutant-$name")
	while read -r test <&3; do
		status=0 log=$out/$name.$test.log
		run_test "$kernel" "$test" >"$log" 3<&- || status=$?
		if seen=$(verdict "$status" "$test" "$log"); then
			found=$((found + 1))
		else
			missed=$((missed + 1))
		fi
		say "$name: $test: $seen"
		printf "| %s | %s | \`%s\` | %s |\n" "$name" "$(header "$name" Undoes)" "$test" "${seen//|/\\|}" >>"$out/report.md"
	done 3< <(header "$name" Test)
	rm -rf "$kernel"
}

main() {
	local names name found=0 missed=0
	mapfile -t names < <(cd "$repo/tools/lab/mutants" && compgen -G "${1:-*}.patch" | sort)
	((${#names[@]})) || die "${1:-}" "no mutant has such a name" "They are in tools/lab/mutants/."
	mkdir -p "$out"
	leaf=$("$repo/scripts/kernel.sh" --leaf ours)
	printf '| mutant | it undoes | test | what the test says |\n|---|---|---|---|\n' >"$out/report.md"
	for name in "${names[@]}"; do
		try "${name%.patch}"
	done
	say "report: $out/report.md"
	echo "$found passed, $missed failed"
	((missed == 0))
}

main "$@"; exit
