# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts: where things are, how to speak, how to fail.
# shellcheck shell=bash

set -euo pipefail

# shellcheck disable=SC2034 # used by the scripts that source this
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034
build=${BUILD_DIR:-$repo/build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dm-iopoll
# The series that is worked on: a directory below patches/.
SERIES=${SERIES:-5.10}
series_dir=$repo/patches/$SERIES
# What was compiled before, in another tree too, is not compiled again.
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_NOHASHDIR=1
export LC_ALL=C.UTF-8

# say TEXT: what is being done, on stderr; stdout carries results only. QUIET
# silences it, errors stay.
say() {
	[[ ${QUIET:-} ]] && return
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# die THING CAUSE CURE: one paragraph, then exit 1.
die() {
	printf '%s: %s: %s. %s\n' "${0##*/}" "$1" "$2" "$3" >&2
	exit 1
}

# need_command NAME PACKAGE: refuse to go on without a program.
need_command() {
	command -v "$1" >/dev/null && return
	die "$1" "this program is missing" \
		"Install it: apt-get install $2 (or run scripts/packages.sh as root)."
}

# os_value KEY: from the host's os-release.
os_value() {
	# shellcheck source=/dev/null
	(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && eval "echo \"\${$1:-}\"")
}

# host_name: "Debian GNU/Linux 13 (trixie)".
host_name() {
	local name
	name=$(os_value PRETTY_NAME)
	echo "${name:-a system without /etc/os-release}"
}

# host_kind: debian, ubuntu (which has the same packages, but another archive) or other.
host_kind() {
	case " $(os_value ID) $(os_value ID_LIKE) " in
	*" ubuntu "*) echo ubuntu ;;
	*" debian "*) echo debian ;;
	*) echo other ;;
	esac
}

# lock NAME: hold a lock in the cache until this script ends, for the scripts that
# it calls, too.
lock() {
	mkdir -p "$cache" ||
		die "$cache" "the cache directory cannot be made" "Set XDG_CACHE_HOME to a writable directory."
	[[ " ${held_locks:-} " == *" $1 "* ]] && return
	export held_locks="${held_locks:-} $1"
	exec {lock_fd}>"$cache/$1.lock"
	flock -n "$lock_fd" && return
	say "waiting for another run that holds $cache/$1.lock"
	flock "$lock_fd"
}

# neither make nor the kernel's build can take these in a path
for place in "$repo" "$build" "$cache"; do
	[[ $place != *[[:space:]:]* ]] ||
		die "$place" "this path has a blank or a colon in it" \
			"Move the repository, or set BUILD_DIR or XDG_CACHE_HOME to another place."
done

[[ -f $series_dir/BASE ]] ||
	die "SERIES=$SERIES" "there is no such series" "Use one of: $(cd "$repo/patches" && echo *)."

# base_value KEY [FILE]: a value from the series' BASE, or another one's.
base_value() {
	sed -n "s/^$1=//p" "${2:-$series_dir/BASE}"
}

# mails: the patch mails of the series, in order, as names below its directory.
# A mail that fits several series is kept in one of them (../SERIES/NAME).
mails() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$series_dir/series"
}

# own_files NAME...: the files of this repository below these, those that git
# ignores left out; in a copy without .git, all. A container's root does not own
# the repository, hence safe.directory.
own_files() {
	if [[ -e $repo/.git ]]; then
		git -C "$repo" -c safe.directory="$repo" ls-files --cached --others --exclude-standard -- "$@"
	else
		(cd "$repo" && find "$@" -type f)
	fi | sort
}

# added_files MAIL: the overlay files that this mail brings, one per line.
# A name that ends in / stands for all of our files below that directory.
added_files() {
	local name
	sed -n '/^---$/q; s/^Adds: //p' "$series_dir/$1" | while read -r name; do
		if [[ $name == */ ]]; then
			own_files "$name"
		else
			printf '%s\n' "$name"
		fi
	done
}

# git_alone: git that sees neither the user's configuration nor a repository
# further up, so that results depend on the input alone.
git_alone() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git "$@"
}
