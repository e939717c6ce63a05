#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The demo: the RFC's fio job on a raw NVMe and on dm-linear over it, polled and
# not, in a guest that runs the patched kernel; or, with DISK=/dev/nvmeXn1, on
# that disk of this machine, which must run the patched kernel itself.
# The job only reads. Report and plots: build/demo/. With DEPTHS and JOBS, lists
# like 1,8,32, each combination is measured.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=${OUT:-$build/demo}
dmpoll=$build/tools/dmpoll/dmpoll
load=()
[[ -z ${DEPTHS:-} ]] || load+=(--iodepth "$DEPTHS")
[[ -z ${JOBS:-} ]] || load+=(--jobs "$JOBS")

measure_here() {
	((EUID == 0)) || die "DISK=$DISK" "measuring a real disk needs root" "Run: sudo make demo DISK=$DISK"
	"$dmpoll" bench --disk "$DISK" --out "$out" "${load[@]}"
}

measure_in_guest() {
	local kernel
	say "[1/3] the patched kernel"
	kernel=$("$repo/scripts/kernel.sh" "${KERNEL:-ours}")
	say "[2/3] measuring in a guest (about three minutes${load:+ for each depth})"
	"$build/tools/lab/lab" run --kernel "$kernel/vmlinux" --nvme 1 --poll-queues 1 --timeout "${LIMIT:-900}" --out "$out" -- \
		"$dmpoll" bench --disk /dev/nvme0n1 --out /out --no-report "${load[@]}" || status=$?
	# 1: measured, but not polled; the report says so. Else there is nothing to report.
	((status <= 1)) || exit "$status"
	say "[3/3] the report"
	"$dmpoll" report "$out" || status=$?
}

main() {
	status=0
	mkdir -p "$out"
	if [[ ${DISK:-} ]]; then
		measure_here || status=$?
	else
		measure_in_guest
	fi
	[[ -f $out/report.md ]] && awk '/^test \| iops/ { on = 1 } !NF { on = 0 } on' "$out/report.md"
	[[ -f $out/report.md ]] && say "report: $out/report.md, report.json, plots: $(cd "$out" && echo ./*.svg)"
	[[ -f $out/sweep.md ]] && say "report: $out/sweep.md, sweep.json, plots: $(cd "$out" && echo ./*.svg)"
	exit "$status"
}

main
