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

# What dm adds to a polled read, in instructions, and IOs per second by the guest's
# own clock; into $out/no-load.md.
measure_without_load() {
	local what=("${KERNEL:-ours}") words
	[[ ${what[0]} != ours ]] || what+=(virtual-time) # others do not poll dm
	mkdir -p "$out/bench"
	BUILD_BENCH=$out/bench "$repo/scripts/bench.sh" "${what[@]}" >"$out/bench/log" 2>&1 ||
		die "the instruction count" "it failed: $(tail -n 2 "$out/bench/log")" "See $out/bench/log."
	{
		if ((${#what[@]} > 1)); then
			words="IOs per second in virtual time: one CPU takes 1 ns for each instruction, and the disk 10 us (a fast NVMe drive) or
80 us (flash) for each read. 4k reads of one io_uring, without the cost that real interrupts and caches add."
			printf '%s\n\n%s\n\n' "$words" "$(<"$out/bench/virtual-time.md")"
		fi
		words="Instructions of the kernel that dm adds to one polled 4k read, counted by the emulator; in brackets,
polls of hw queues for it."
		printf '%s\n\n' "$words"
		awk '/^## / { exit } /^\| shape/ || /^\|---/ || /^\| 1 device x 1 queue \|/ || /^\| (16|64) devices/' "$out/bench/report.md"
	} >"$out/no-load.md"
}

measure_in_guest() {
	local kernel
	say "[1/4] the patched kernel"
	kernel=$("$repo/scripts/kernel.sh" "${KERNEL:-ours}")
	say "[2/4] measuring in a guest (about three minutes${load:+ for each depth})"
	# what other programs of this machine do meanwhile, the guest cannot see
	"$dmpoll" watch --out "$out" -- "$build/tools/lab/lab" run --kernel "$kernel/vmlinux" --nvme 1 --poll-queues 1 --timeout "${LIMIT:-900}" --out "$out" -- \
		"$dmpoll" bench --disk /dev/nvme0n1 --out /out --no-report "${load[@]}" || status=$?
	# 1: measured, but not polled; the report says so. Else there is nothing to report.
	((status <= 1)) || exit "$status"
	say "[3/4] measuring what the load of this machine does not change (a minute)"
	measure_without_load
	say "[4/4] the report"
	"$dmpoll" report "$out" || status=$?
}

# add_no_load: to the report, and on the terminal.
add_no_load() {
	[[ ! -f $out/report.md ]] || printf '\n## What no load changes\n\n%s\n' "$(<"$out/no-load.md")" >>"$out/report.md"
	printf '\n%s\n\n' "$(<"$out/no-load.md")"
}

main() {
	status=0
	mkdir -p "$out"
	rm -f "$out/no-load.md"
	if [[ ${DISK:-} ]]; then
		measure_here || status=$?
	else
		measure_in_guest
	fi
	[[ ! -s $out/no-load.md ]] || add_no_load
	[[ -f $out/report.md ]] && awk '/^test \| iops/ { on = 1 } !NF { on = 0 } on' "$out/report.md"
	[[ -f $out/report.md ]] && say "report: $out/report.md, report.json, plots: $(cd "$out" && echo ./*.svg)"
	[[ -f $out/sweep.md ]] && say "report: $out/sweep.md, sweep.json, plots: $(cd "$out" && echo ./*.svg)"
	exit "$status"
}

main
