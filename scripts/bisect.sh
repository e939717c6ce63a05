#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build and boot the kernel after each commit of the series (make check
# KERNEL=5.10-commit-N): a raw polled read must work in each.
#   [SERIES=5.10] scripts/bisect.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

main() {
	local total number=0 mail log passed=0
	total=$(mails | wc -l)
	mkdir -p "$build"
	while read -r mail <&3; do
		number=$((number + 1))
		log=$build/bisect-$number.log
		if KERNEL=$SERIES-commit-$number MACHINE='' "$repo/scripts/check.sh" >"$log"; then
			say "[$number/$total] ok: $mail"
			passed=$((passed + 1))
		else
			say "[$number/$total] FAILED: $mail (log: $log)"
		fi
	done 3< <(mails)
	echo "$passed passed, $((total - passed)) failed"
	((passed == total))
}

main
