#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What dmpoll says about itself: each help fits a screen of 80 x 30, the manual
# names each option and is clean for groff, the completion offers each option,
# and fio takes the example jobs.
#   papers.sh DMPOLL
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

dmpoll=$1
papers=$repo/tools/dmpoll
problems=0

problem() {
	echo "$*"
	problems=$((problems + 1))
}

check_help() {
	local help
	help=$("$dmpoll" "$@" --help)
	[[ $(wc -l <<<"$help") -le 30 ]] || problem "dmpoll $* --help: more than 30 lines"
	[[ $(wc -L <<<"$help") -le 80 ]] || problem "dmpoll $* --help: a line of more than 80 characters"
}

# options COMMAND: as its help lists them.
options() {
	"$dmpoll" "$1" --help | sed -n 's/^  \(-h,\)\?\(--[a-z-]*\).*/\2/p'
}

completed() {
	# shellcheck disable=SC2034 # the completion's arguments
	local COMP_WORDS=(dmpoll "$1" --) COMP_CWORD=2 COMPREPLY=()
	_dmpoll
	printf '%s\n' "${COMPREPLY[@]}"
}

check_command() {
	local option offered
	offered=$(completed "$1")
	check_help "$1"
	for option in $(options "$1"); do
		[[ $option == --disk ]] && continue # another spelling of DEVICE
		grep -qxF -- "$option" <<<"$offered" || problem "dmpoll.bash: no $option of $1"
		[[ $option == --help ]] || grep -qE "^\.(Op )?.*Fl -${option#--}( |$)" "$papers/dmpoll.1" ||
			problem "dmpoll.1: no $option of $1"
	done
}

main() {
	local command job said
	# shellcheck source=/dev/null
	. "$papers/dmpoll.bash"
	check_help
	for command in check prove bench report top watch; do
		check_command "$command"
	done
	said=$(groff -mandoc -Tutf8 -ww "$papers/dmpoll.1" 2>&1 >/dev/null)
	[[ -z $said ]] || problem "dmpoll.1: $said"
	for job in "$papers"/jobs/*.fio; do
		DEVICE=/dev/null fio --parse-only --readonly "$job" >/dev/null || problem "$job: fio refuses it"
		grep -q '^rw=randread$' "$job" || problem "$job: it does not only read"
	done
	((problems == 0))
}

main
