#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The demo's measurement, short: what matters is the proof, not the numbers.
#   demo.sh KERNEL
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

dmpoll=$build/tools/dmpoll/dmpoll
"$build/tools/lab/lab" run --quiet --kernel "$1" --nvme 1 --poll-queues 1 --timeout 240 --out "$work/demo" -- \
	"$dmpoll" bench --disk /dev/nvme0n1 --out /out --no-report --repeats 1 --runtime 1s || measured=$?
[[ -f $work/demo/measurements.json ]]
"$dmpoll" report "$work/demo" || reported=$?
ls -s "$work/demo"
for file in report.md report.json plot-iops.svg plot-latency.svg; do
	[[ -s $work/demo/$file ]]
done
grep -q '"dm_poll_over_dm_irq"' "$work/demo/report.json"
grep -q '"interrupts_polled_run"' "$work/demo/report.json"
((${measured:-0} == ${reported:-0})) || { echo "measuring said ${measured:-0}, the report ${reported:-0}"; exit 9; }
exit "${measured:-0}"
