#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build and boot the kernel after each commit of the series; a raw polled read
# must work in each.
#   [SERIES=5.10] scripts/bisect.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# boot KERNEL: the guest reaches user space and polls its raw NVMe.
boot() {
	"$build/tools/lab/lab" run --quiet --kernel "$1/vmlinux" --nvme 1 --poll-queues 1 --timeout 120 -- \
		"$build/selftests/dm_iopoll" --disk /dev/nvme0n1 --expect=poll --filter 'raw.read-*'
}

main() {
	local total number=0 mail kernel passed=0
	total=$(mails | wc -l)
	while read -r mail <&3; do
		number=$((number + 1))
		if kernel=$("$repo/scripts/kernel.sh" "commit-$number") && boot "$kernel" >"$build/bisect-$number.log" 2>&1; then
			say "[$number/$total] ok: $mail"
			passed=$((passed + 1))
		else
			say "[$number/$total] FAILED: $mail (log: $build/bisect-$number.log)"
		fi
	done 3< <(mails)
	echo "$passed passed, $((total - passed)) failed"
	((passed == total))
}

main
