# SPDX-License-Identifier: GPL-2.0
# Tests of how a command ends, as KTAP.
# shellcheck shell=bash
log=$(mktemp)
number=0 failed=0

report()
{
	number=$((number + 1))
	if [[ $1 == 0 ]]; then
		echo "ok $number dmpoll.$2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $number dmpoll.$2"
	sed 's/^/# /' "$log"
}

# ends NAME STATUS TEXT COMMAND...: the command ends with that status, and says
# TEXT.
ends()
{
	local name=$1 wanted=$2 text=$3 got=0
	shift 3
	timeout 100 "$@" >"$log" 2>&1 || got=$?
	echo "wanted: $wanted, '$text'; got: $got from $*" >>"$log"
	if [[ $got == "$wanted" ]] && grep -qF -- "$text" <<<"$(sed '$d' "$log")"; then
		report 0 "$name"
	else
		report 1 "$name"
	fi
}
