#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build and boot the kernel after each commit of the series (make check
# KERNEL=5.10-commit-N): a raw polled read must work in each. Where a mail names a
# test in blktests' form, that is run on the kernels before and after it, too: the
# mail must make it better. A fault that comes now and then has three runs to show
# before the mail; the last lines name the mails whose fault did not.
#   [SERIES=5.10] scripts/bisect.sh [FIRST [LAST]]     numbers of mails; default: all
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lab=$build/tools/lab/lab
declare -A worth=([passes]=3 [fails]=2 [hangs]=1 [crashes]=0)
not_shown=()

# reproducer MAIL: the test that it names, if it does.
reproducer() {
	sed -n '/^---$/q; /blktests. form/p' "$series_dir/$1" | grep -oE '(dm|nvme)/1[0-9]{2}' | head -n 1 || true
}

# outcome NUMBER TEST: what becomes of that test on the kernel after so many mails.
outcome() {
	local kernel code=0 log=$build/bisect-$1-${2//\//-}.log
	kernel=$("$repo/scripts/kernel.sh" "$SERIES-commit-$1")
	"$lab" run --kernel "$kernel/vmlinux" --nvme=2 --poll-queues=1 --silence=180 --timeout=400 -- \
		env TIMEOUT=10 "$repo/tools/testing/blktests/run" "$2" >"$log" 2>&1 || code=$?
	! grep -q '\[not run\]' "$log" || die "$2" "it was not run (see $log)" "Build the kernel with what it requires."
	case $code in
	0) echo passes ;;
	1) echo fails ;;
	3) echo crashes ;;
	5) echo hangs ;;
	*) die "$2" "its guest could not be run (see $log)" "Run it by hand: $lab run --help." ;;
	esac
}

# mends NUMBER MAIL: say what the mail does to its test; false if that is nothing.
mends() {
	local test before=passes after runs=0
	test=$(reproducer "$2")
	[[ $test ]] || return 0
	while [[ $before == passes ]] && ((runs++ < 3)); do
		before=$(outcome $(($1 - 1)) "$test") || exit
	done
	after=$(outcome "$1" "$test") || exit
	say "  $test: $before before, $after after"
	[[ $before != passes ]] || not_shown+=("[$1] $2: $test passes before it, too, $((runs - 1)) times")
	[[ $after == passes ]] || ((worth[$after] > worth[$before]))
}

main() {
	local first=${1:-1} last=${2:-} number=0 mail log passed=0 failed=0
	last=${last:-$(mails | wc -l)}
	mkdir -p "$build"
	while read -r mail <&3; do
		number=$((number + 1))
		((first <= number && number <= last)) || continue
		log=$build/bisect-$number.log
		say "[$number/$last] $mail"
		if KERNEL=$SERIES-commit-$number MACHINE='' "$repo/scripts/check.sh" >"$log" && mends "$number" "$mail"; then
			passed=$((passed + 1))
		else
			say "[$number/$last] FAILED (logs: $build/bisect-$number*.log)"
			failed=$((failed + 1))
		fi
	done 3< <(mails)
	((!${#not_shown[@]})) || printf 'not shown: %s\n' "${not_shown[@]}"
	echo "$passed passed, $failed failed"
	((!failed))
}

main "$@"; exit
