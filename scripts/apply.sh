#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Apply the series to a kernel tree: as commits if it is a git tree, else to
# the files. All of it or nothing.
#
#   [SERIES=5.10] scripts/apply.sh [--check] TREE
# With --check: only say whether it fits.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

unchanged="Nothing was changed"

check_tree() {
	[[ -d $tree ]] || die "$tree" "there is no such directory. $unchanged" "Name a kernel tree: make apply TREE=DIR."
	[[ -f $tree/block/blk-mq.c && -f $tree/Makefile ]] ||
		die "$tree" "this is not a kernel source tree. $unchanged" "Name the directory that holds block/ and drivers/."
	[[ -w $tree && -w $tree/block ]] ||
		die "$tree" "it is not writable for you. $unchanged" "Change its owner, or work on a copy."
	tree=$(cd "$tree" && pwd)
}

# check_fit: try all patches together on the files, without writing.
check_fit() {
	local errors version
	errors=$(apply_files --check 2>&1) && return
	version=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' "$tree/Makefile" | paste -sd.)
	printf '%s\n' "$errors" >&2
	[[ $errors == *"already exists"* ]] &&
		die "$tree" "the series, or part of it, is in this tree already. $unchanged" "Use a fresh tree."
	die "$tree (Linux $version)" "the series does not fit: the lines above name each file and hunk. $unchanged" \
		"It is made for $(base_value version); use a $SERIES.y tree near it, or adapt $series_dir."
}

# apply_files OPTIONS: what git apply gets as one input it applies whole or not
# at all. The ceiling hides any repository that the tree happens to lie in.
apply_files() {
	cat "${patches[@]}" |
		(cd "$tree" && GIT_CEILING_DIRECTORIES=$(dirname "$tree") git_alone apply --whitespace=nowarn "$@")
}

# apply_commits: git am, undone as a whole when a mail fails.
apply_commits() {
	local log
	git -C "$tree" diff-index --quiet HEAD -- ||
		die "$tree" "it has uncommitted changes. $unchanged" "Commit them, or put them away with git stash."
	git -C "$tree" config user.email >/dev/null ||
		die "$tree" "git does not know your name, which a commit needs. $unchanged" \
			"git config --global user.name NAME and user.email ADDRESS."
	log=$(git -C "$tree" am "${patches[@]}" 2>&1) && return
	git -C "$tree" am --abort
	printf '%s\n' "$log" >&2
	die "$tree" "git am stopped (see above). $unchanged" "Apply to a clean checkout of $SERIES.y."
}

main() {
	local check
	[[ ${1:-} == --check ]] && check=1 && shift
	tree=${1:-}
	[[ $tree ]] || die "TREE" "no kernel tree is named" "Say: make apply TREE=DIR."
	check_tree
	"$repo/scripts/compose.sh"
	mapfile -t patches < <(find "$build/patches/$SERIES" -name '0*.patch' ! -name '0000-*' | sort)
	if [[ ${check:-} ]]; then
		check_fit
		say "the $SERIES series fits $tree"
		return
	elif [[ -e $tree/.git ]]; then
		apply_commits
	else
		check_fit
		apply_files
	fi
	say "${#patches[@]} patches are applied to $tree"
}

main "$@"
