#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What device-mapper adds to a polled IO, in instructions that the emulator
# counts: report.md, report.json and plots in build/bench. Each kernel runs the
# same IO in a guest with one CPU, whose clock is the number of instructions: the
# load of this machine does not show.
#
#   [GRID=full] scripts/bench.sh [ours|poll-all|base|heads|upstream|virtual-time|6.12-fixed|...]...
#     default: all but other newer kernels than upstream
#     poll-all: ours, but each pass polls everything below (a mutant)
#     base: the unpatched base, for IO that is not polled
#     heads: an NVMe multipath device, and the same disk without (plain), ours and
#       the base: over nvme-tcp, both ends of which are in the guest
#     upstream, 6.12-fixed, 7.3-fixed, ...: the newer kernel's own dm polling, on null_blk
#     virtual-time: no instructions, but IOs per second by the guest's own clock
#   PROFILE=1   also, before each run's count, the blocks of kernel code that ran
#   IOS=32768   so many IOs in each run (2048): what the kernel does ten times a
#     second is only counted right in a run that takes longer than that
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=${BUILD_BENCH:-$build/bench}
lab=$build/tools/lab/lab
program=$build/selftests/dm_iopoll_cost
grid=() around=()
[[ ${GRID:-} != full ]] || grid=(--full)
if [[ ${IOS:-} ]]; then
	[[ $IOS =~ ^[1-9][0-9]{0,6}$ ]] || die "IOS=$IOS" "it is no number of IOs for a run" "Leave it out, or use 32768."
	grid+=(--ios "$IOS")
fi

# guest NAME KERNEL QEMU-APPEND OPTION...: all cells on one kernel. Upstream's
# spreading of queues over CPUs warns if there are fewer than there may be. With one
# CPU the kernel would take out its LOCK prefixes, which are counted, too.
guest() {
	local name=$1 kernel=$2 append=$3 dir=$out/$1 pid plugin
	shift 3
	mkdir -p "$dir"
	plugin=$build/tools/lab/libcount.so,out=$dir/counts${PROFILE:+,profile=on}
	"$lab" run --quiet --kernel "$kernel/vmlinux" --accel tcg --cpus 1 --memory 2048 --nvme 0 \
		--append "noreplace-smp $append" --silence 300 --timeout 14400 --console "$dir/console" --allow-log group_cpus_evenly \
		--qemu-arg=-smp --qemu-arg=1,maxcpus=8 --qemu-arg=-icount --qemu-arg=shift=0,sleep=off \
		--qemu-arg=-plugin --qemu-arg="$plugin" -- "${around[@]}" "$program" "${grid[@]}" "$@" >"$dir/runs" 2>"$dir/log" &
	pid=$!
	show_progress "$name" "$dir/runs" "$pid"
	wait "$pid" || die "$name" "the guest fails: $(tail -n 3 "$dir/log")" "See $dir/log and $dir/console."
	reports+=("${name%.*}=$dir")
}

# show_progress NAME FILE PID: which cell is measured, while it is.
show_progress() {
	local start=$SECONDS
	while kill -0 "$3" 2>/dev/null; do
		sleep 1
		(((SECONDS - start) % 20)) || say "$1: $(wc -l <"$2") runs, $((SECONDS - start)) s; last: $(tail -n 1 "$2" | cut -c 2-120)"
	done
}

measure() {
	local kernel leaf queues
	case $1 in
	ours) kernel=ours ;;
	poll-all) kernel=mutant-poll-all ;;
	base) kernel=base ;;
	heads)
		measure_heads ours
		measure_heads base --irq
		return
		;;
	upstream | 6.12* | 7.3*)
		kernel=$("$repo/scripts/kernel.sh" "$1")
		for queues in 1 8; do
			guest "${1/#upstream/upstream-6.12}.$queues" "$kernel" "null_blk.nr_devices=64 null_blk.poll_queues=$queues \
null_blk.submit_queues=1 null_blk.irqmode=0 null_blk.hw_queue_depth=256 null_blk.gb=1" --null-blk "$queues"
		done
		return
		;;
	virtual-time)
		"$repo/scripts/virtual-time.sh" "$("$repo/scripts/kernel.sh" ours)/vmlinux" \
			"$("$repo/scripts/kernel.sh" --leaf ours)" >"$out/virtual-time.md"
		cat "$out/virtual-time.md"
		return
		;;
	*) die "$1" "there is no such kernel to measure" "Use ours, poll-all, base, heads, upstream, virtual-time, or a newer kernel: 6.12-fixed, 7.3-fixed." ;;
	esac
	leaf=$("$repo/scripts/kernel.sh" --leaf "$kernel")
	kernel=$("$repo/scripts/kernel.sh" "$kernel")
	if [[ $1 == base ]]; then
		guest base "$kernel" "" --leaf "$leaf" --irq
	else
		guest "$1" "$kernel" "" --leaf "$leaf"
	fi
}

# measure_heads KERNEL OPTION...
measure_heads() {
	local kernel=$1 image around=("$repo/tools/lab/in-guest/tcp-disk.sh")
	local disk="null_blk.nr_devices=1 null_blk.irqmode=0 null_blk.gb=1 null_blk.queue_mode=0"
	shift
	image=$("$repo/scripts/kernel.sh" "$kernel")
	guest "$kernel-head" "$image" "$disk" "$@" --disk
	guest "$kernel-plain" "$image" "$disk nvme_core.multipath=N" "$@" --disk
}

main() {
	local name reports=()
	(($#)) || set -- virtual-time ours poll-all base heads upstream
	mkdir -p "$out"
	for name; do
		say "measuring $name"
		measure "$name"
	done
	((${#reports[@]})) || return 0
	"$build/tools/lab/cost-report" "$out" "${reports[@]}"
	say "report: $out/report.md, report.json, plot-*.svg"
}

main "$@"; exit
