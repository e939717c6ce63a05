#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The RFC's fio job by the clock, on emulated NVMe disks: 1 and 3 disks, 1 and 2
# polled hw queues, 1 and 2 jobs. Compare the cases of one line with each other:
# the numbers are the emulator's, and the load of this machine shows. Report:
# build/bench/wallclock.md, .runs.
#
#   [REPEATS=5] scripts/wallclock.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/bench
kernel=$("$repo/scripts/kernel.sh" ours)
mkdir -p "$out"

# runs: all of them; a line begins with the numbers of disks and of polled hw queues.
runs() {
	local disks queues
	for disks in 1 3; do
		for queues in 1 2; do
			say "wall clock: $disks disks, $queues polled hw queues each"
			"$build/tools/lab/lab" run --quiet --kernel "$kernel/vmlinux" --nvme "$disks" --poll-queues "$queues" \
				--timeout 900 --silence 60 -- "$repo/tools/lab/in-guest/wallclock.sh" "${REPEATS:-5}" \
				$(seq -f '/dev/nvme%gn1' 0 $((disks - 1))) 2>"$out/wallclock.log" |
				sed -n "s/^[12] \(raw\|dm\) /$disks $queues &/p" || die "the guest" "it fails" "See $out/wallclock.log."
		done
	done
}

# table: medians of IOPS, and of the ratios within one repeat.
table() {
	awk '
	function median(text,   n, v, i, j, t) {
		n = split(text, v, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	function range(text,   n, v, i, low, high) {
		n = split(text, v, " ")
		low = high = v[1]
		for (i = 2; i <= n; i++) { if (v[i] + 0 < low + 0) low = v[i]; if (v[i] + 0 > high + 0) high = v[i] }
		return sprintf("%.2f..%.2f", low, high)
	}
	{
		shape = $1 " | " $2 " | " $3
		if (!(shape in seen)) { seen[shape] = 1; order[++shapes] = shape }
		iops[shape, $4 "/" $5] = iops[shape, $4 "/" $5] " " $7
		latency[shape, $4 "/" $5] = latency[shape, $4 "/" $5] " " $8
		run[shape, $4 "/" $5, $6] = $7
		if ($6 > repeats) repeats = $6
	}
	END {
		for (s = 1; s <= shapes; s++) {
			shape = order[s]
			line = "| " shape
			for (c = 1; c <= split("raw/irq raw/poll dm/irq dm/poll", names, " "); c++)
				line = line sprintf(" | %.1fk, %.0f us", median(iops[shape, names[c]]) / 1000, median(latency[shape, names[c]]))
			ratios = ""
			for (r = 1; r <= repeats; r++) ratios = ratios " " run[shape, "dm/poll", r] / run[shape, "dm/irq", r]
			print line sprintf(" | %.2f (%s) |", median(ratios), range(ratios))
		}
	}' "$out/wallclock.runs"
}

runs >"$out/wallclock.runs"
{
	echo "# By the clock (EMULATED)"
	echo
	echo "4 KiB random reads, io_uring, depth 128 for each job, dm-linear over all of each disk. Medians of IOPS and of fio's mean"
	echo "latency; the ratio is taken within one repeat. **CPU and disks are emulated**: compare the cases of a line with each other."
	echo
	echo "| disks | polled hw queues | jobs | raw/irq | raw/poll | dm/irq | dm/poll | dm/poll over dm/irq |"
	echo "|---|---|---|---|---|---|---|---|"
	table
} >"$out/wallclock.md"
cat "$out/wallclock.md"
