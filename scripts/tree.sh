#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel git tree with one commit per mail of the series, to edit there.
# scripts/export.sh brings the commits back.
#
#   scripts/tree.sh [TREE]         default: build/tree-SERIES; must not exist yet
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# import_base TREE SOURCE: the base as a commit whose hash is the same on every
# machine, tagged `base`.
import_base() {
	local stamp='2020-12-13T22:41:30+0000' id='dm-iopoll import'
	cp -a --reflink=auto "$2" "$1"
	chmod -R u+w "$1"
	git_alone -C "$1" init -q -b series
	git_alone -C "$1" -c core.autocrlf=false add -A -f
	GIT_AUTHOR_NAME=$id GIT_AUTHOR_EMAIL='' GIT_AUTHOR_DATE=$stamp \
		GIT_COMMITTER_NAME=$id GIT_COMMITTER_EMAIL='' GIT_COMMITTER_DATE=$stamp \
		git_alone -C "$1" commit -q -m "$(base_value package) ${KERNEL_SRC:-$(base_value version)}"
	git_alone -C "$1" tag base
	# Debian's .gitignore ignores everything at the top; in this tree alone, do not
	[[ -e $1/.gitignore ]] || return 0
	sed -i '/^\/\*$/d' "$1/.gitignore"
	git_alone -C "$1" update-index --skip-worktree .gitignore
}

main() {
	local default=$build/tree-$SERIES
	local tree=${1:-$default} source mails=$build/patches/$SERIES key patches
	[[ ! -e $tree && ! -e $tree.new ]] ||
		die "$tree" "it exists already and may hold work of yours" \
			"Work there, or name another place: make tree TREE=DIR."
	source=$("$repo/scripts/source.sh")
	"$repo/scripts/compose.sh" "$mails"
	mkdir -p "$(dirname "$tree")"
	say "importing the base into $tree (a minute)"
	import_base "$tree.new" "$source"
	for key in user.name user.email; do
		git -C "$tree.new" config "$key" "$(git -C "$repo" config "$key")"
	done
	mapfile -t patches < <(find "$mails" -name '0*.patch' ! -name '0000-*' | sort)
	git -C "$tree.new" am -q --committer-date-is-author-date "${patches[@]}" ||
		die "$tree.new" "git am stopped (see above)" "Look there, then remove it."
	git -C "$tree.new" tag exported
	mv "$tree.new" "$tree"
	say "ready: $tree, branch series, tag base ($(git -C "$tree" rev-parse base))"
	say "edit and commit there (one commit per mail), then: make export TREE=$tree"
}

main "$@"
