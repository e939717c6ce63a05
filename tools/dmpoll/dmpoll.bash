# SPDX-License-Identifier: GPL-2.0
# Completion of dmpoll for bash: source it, or install it as
# /usr/share/bash-completion/completions/dmpoll
# shellcheck shell=bash

_dmpoll_options() {
	case $1 in
	check) echo --help --json ;;
	prove) echo --help --dangerous --json --reads --depth ;;
	bench)
		echo --help --json --out --iodepth --jobs --repeats --runtime --ramp --bs --size --name \
			--dangerous --emulated --no-report --dry-run
		;;
	report) echo --help ;;
	top) echo --help --json --interval --count ;;
	watch) echo --help --out ;;
	*) echo --help check prove bench report top watch ;;
	esac
}

_dmpoll() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=
	((COMP_CWORD < 2)) || command=${COMP_WORDS[1]}
	COMPREPLY=()
	case $previous in
	--reads | --depth | --iodepth | --jobs | --repeats | --runtime | --ramp | --bs | --size | --name | \
		--interval | --count) return ;;
	esac
	if [[ $current == -* || ! $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_dmpoll_options "$command")" -- "$current")
	elif [[ $command == report || $previous == --out ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
	elif [[ $current ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -W "$(printf '%s ' /dev/mapper/* /dev/nvme*n*)" -- "")
	fi
}

complete -o filenames -F _dmpoll dmpoll
