# SPDX-License-Identifier: GPL-2.0
# Shared by the checks of the series.
# shellcheck shell=bash
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mails=$work/mails

# expect TEXT COMMAND...: the command fails and says TEXT.
expect_error() {
	local text=$1 log=$work/log
	shift
	if "$@" >"$log" 2>&1; then
		echo "got success, wanted an error about '$text': $*"
		return 1
	fi
	grep -qF -- "$text" "$log" && return
	echo "wanted an error about '$text', got:"
	cat "$log"
	return 1
}

# hold_tree VARIANT base|series: its build tree, into $tree. No other run changes
# it before this script ends.
hold_tree() {
	lock "$(basename "$("$repo/scripts/source.sh")")-$2"
	# shellcheck disable=SC2034
	tree=$("$repo/scripts/kernel.sh" --tree "$1")
}

# copy_repo DIR: this repository as it is now, without .git and what git ignores.
copy_repo() {
	mkdir -p "$1"
	(cd "$repo" && own_files . | tr '\n' '\0' | tar -c --null -T - --ignore-failed-read) | tar -x -C "$1"
}

# small_tree DIR [PATCH...]: the base's files that the series touches, and the
# PATCHes, which is all that git needs to apply them.
small_tree() {
	local source file
	source=$("$repo/scripts/source.sh")
	QUIET=1 "$repo/scripts/compose.sh" "$mails"
	local dir=$1
	shift
	mkdir -p "$dir"
	for file in .gitattributes Makefile block/blk-mq.c $(sed -n 's|^diff --git a/.* b/||p' "$mails"/0*.patch "$@" | sort -u); do
		[[ -e $source/$file ]] || continue
		mkdir -p "$dir/$(dirname "$file")"
		cp -p "$source/$file" "$dir/$file"
	done
}

# commit_all DIR: make it a repository with one commit of what is there, ignored or not.
commit_all() {
	git_alone -C "$1" init -q
	git_alone -C "$1" config user.name check
	git_alone -C "$1" config user.email check@localhost
	git_alone -C "$1" add -A -f
	git_alone -C "$1" commit -qm base
}

# changed_lines: of C files, in the mails on stdin.
changed_lines() {
	(cd "$series_dir" && xargs cat) |
		awk '/^diff --git/ { code = /\.[ch]$/ } /^-- $/ { code = 0 } code && /^[+-]/ && !/^(\+\+\+|---)/ { n++ } END { print n + 0 }'
}
