#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What KUnit found while the guest booted, as KTAP: SUITE.CASE for each case in
# the sources, or for those that are picked. KUnit itself runs all of them. A case
# without a result fails: KUnit keeps 512 bytes of what a case says, and what it
# says of its failure may have left no room for the "not ok".
#   kunit.sh REPO [--filter SUITE.CASE]...
#   kunit.sh REPO --list        on the host, too
set -euo pipefail
shopt -s nullglob

# list_cases REPO: in each file the cases come before their suite's name.
list_cases() {
	awk -F '[("),]' '
	/^\tKUNIT_CASE\(/ { cases[++n] = $2 }
	/^\t\.name = "/ { for (i = 1; i <= n; i++) print $2 "." cases[i]; n = 0 }' \
		"$1"/block/*-test.c "$1"/drivers/md/*-test.c
}

# print_ktap NAME...: of these cases, in this order.
print_ktap() {
	awk -v names="$*" '
	FNR == 1 { suite = FILENAME; sub("/results$", "", suite); sub(".*/", "", suite); speaker = "" }
	{ sub("^ +", "") }
	/^(not )?ok [0-9]+ - / { state[suite "." $NF] = $1 == "ok" ? "ok" : "not ok"; speaker = ""; next }
	/^# [a-z0-9_]+: / { speaker = suite "." substr($2, 1, length($2) - 1); said[speaker] = said[speaker] "\n# what:"; sub("^# [a-z0-9_]+: ", "") }
	speaker { $1 = $1; said[speaker] = said[speaker] " " $0 }
	END {
		n = split(names, name, " ")
		print "KTAP version 1\n1.." n
		for (i = 1; i <= n; i++) {
			text = said[name[i]]
			if (!state[name[i]] && !text) text = "\n# what: KUnit has no result of it"
			if (text) print substr(text, 2)
			print (state[name[i]] ? state[name[i]] : "not ok"), i, name[i]
		}
	}' /dev/null "${KUNIT_RESULTS:-/sys/kernel/debug/kunit}"/*/results
}

main() {
	local repo=$1 names=()
	shift
	[[ ${1:-} != --list ]] || { list_cases "$repo" && return; }
	while (($#)); do
		names+=("$2")
		shift 2
	done
	((${#names[@]})) || mapfile -t names < <(list_cases "$repo")
	print_ktap "${names[@]}"
}

main "$@"
