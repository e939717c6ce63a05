#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# runner.sh LAB: runs a list of staged checks and looks at every verdict.
set -euo pipefail

lab=$1
dir=$(cd "$(dirname "$0")" && pwd)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
wrong=0

run_checks()
{
	status=0
	"$lab" check --checks "$dir/runner-checks.json" --var dir="$dir" --var word=hello --var results="$results" \
		--results "$results" --jobs 4 "$@" >"$results/stdout" 2>"$results/stderr" ||
		status=$?
}

expect()
{
	grep -qE -- "$1" "$results/stdout" && return
	echo "wrong: no line '$1'"
	wrong=1
}

expect_status()
{
	[[ $status == "$1" ]] && return
	echo "wrong: status $status, wanted $1"
	wrong=1
}

expect_last_line()
{
	[[ $(tail -n 1 "$results/stdout") == "$1" ]] && return
	echo "wrong: the last line is not '$1'"
	wrong=1
}

# A zombie that nobody reaps has no command line left either.
expect_gone()
{
	[[ -z $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]] && return
	echo "wrong: process $1 of a check that was ended lives on"
	wrong=1
}

show_output_if_wrong()
{
	((wrong)) || return 0
	echo "-- $1:"
	cat "$results/stdout" "$results/stderr"
	exit 1
}

check_everything()
{
	run_checks
	expect_status 1
	expect '^ok      good\.plain '
	expect '^ok      good\.status '
	expect '^ok      good\.env '
	expect '^FAILED  bad\.status .*exit status 1, wanted 0'
	expect '^    \| the reason$'
	expect '^    again: bash -c'
	expect '^FAILED  bad\.output .*must not'
	expect '^FAILED  bad\.missing .*cannot be started'
	expect '^FAILED  bad\.killed .*signal 11'
	expect '^FAILED  bad\.hang .*limit of 1 s'
	expect '^FAILED  bad\.stubborn .*limit of 1 s'
	expect '^skipped: skip\.plain: no disk here$'
	expect '^ok      ktap\.good/stripe\.read '
	expect '^FAILED  ktap\.short .*3 results were planned, 2 came'
	expect '^FAILED  ktap\.status .*exit status 1'
	expect '^FAILED  ktap\.lost/a\.one .*: a number; got 3 \(device dm-0, seed 7\)$'
	expect '^    \| # got:    3$'
	expect '^failed: ktap\.lost/a\.one: a number; got 3'
	expect '^    again: .*fake-ktap\.sh lost$'
	expect '^FAILED  ktap\.lost .*exit status 3'
	expect '^FAILED  ktap\.silent .*no KTAP'
	expect '^ok      ktap\.control/poll\.read '
	expect '^ok      ktap\.control/irq\.read '
	expect '^FAILED  ktap\.blind/stripe\.read .*must fail here'
	expect '^ok      ktap\.blind/linear\.read '
	expect '^ok      survey\.all/s\.three '
	expect '^failed survey\.all/s\.fails .*: a number; got 1$'
	expect '^crashed survey\.all/s\.oopses .*: BUG: kernel NULL pointer, in dm_x$'
	expect '^stalled survey\.all/s\.hangs .*exit status 5'
	expect '^stalled survey\.all/s\.stalls .*: wanted an end$'
	expect '^FAILED  survey\.dead .*ended before its first test: exit status 3'
	expect '^ok      survey\.broken/s\.fails .*: a number; got 1$'
	expect '^FAILED  survey\.broken/s\.two .*: must fail here'
	expect '^ok      survey\.broken/s\.oopses .*: BUG: kernel NULL pointer, in dm_x$'
	expect '^ok      survey\.broken/s\.hangs .*exit status 5'
	expect '^FAILED  survey\.broken/s\.skips .*: must fail here'
	expect '^ok      survey\.unborn/s\.one .*exit status 3'
	expect_last_line '21 passed, 17 failed, 3 skipped, 1 crashed, 2 stalled'
	expect_gone "$(<"$results/orphan")"
	[[ $(grep -c '"state": "failed"' "$results/results.json") == 17 ]] || wrong=1
	[[ $(grep -c '^not ok' "$results/results.ktap") == 20 ]] || wrong=1
	show_output_if_wrong "everything"
}

check_selection()
{
	run_checks 'stripe.*' good.plain
	expect_status 0
	expect_last_line '5 passed, 0 failed, 0 skipped'
	show_output_if_wrong "a selection"
	run_checks ktap.filtered/linear.read
	expect_status 0
	expect '^ok      ktap\.filtered/linear\.read '
	expect_last_line '1 passed, 0 failed, 0 skipped'
	show_output_if_wrong "one case of a check with filters of its own"
	run_checks --again 'make check T=' ktap.lost
	expect '^    again: make check T=ktap\.lost$'
	show_output_if_wrong "how to run it again"
	run_checks --needs good.env ktap.good
	[[ $(<"$results/stdout") == dir ]] || wrong=1
	show_output_if_wrong "what is needed"
	run_checks good.plain
	expect '^\[1/1\] good\.plain \.\.\. \(less than a minute left\)$'
	show_output_if_wrong "how long is left"
	run_checks skip.plain
	expect_status 1
	expect_last_line '0 passed, 0 failed, 1 skipped'
	show_output_if_wrong "only a skip"
}

# What a survey finds fails no run.
check_survey()
{
	run_checks survey.all
	expect_status 0
	expect_last_line '3 passed, 1 failed, 1 skipped, 1 crashed, 2 stalled'
	show_output_if_wrong "a survey"
	run_checks survey.all/s.oopses survey.all/s.two
	expect_status 0
	expect_last_line '1 passed, 0 failed, 0 skipped, 1 crashed, 0 stalled'
	show_output_if_wrong "a part of a survey"
}

check_unknown_name()
{
	run_checks good.plane
	expect_status 2
	[[ ! -s $results/stdout ]] || wrong=1
	grep -q 'good.plane.*Near it: good.plain' "$results/stderr" || wrong=1
	show_output_if_wrong "an unknown name"
}

check_everything
check_selection
check_survey
check_unknown_name
echo "the runner's verdicts are right"
