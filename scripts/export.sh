#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Bring the commits of a kernel git tree (scripts/tree.sh) back into this
# repository: new files to their own paths, the rest to patches/SERIES/.
#
#   scripts/export.sh [TREE]       default: build/tree-SERIES; commits base..HEAD
#   FORCE=1                        also over new files that were edited here
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

in_tree() {
	git -C "$tree" "$@"
}

# check_tree: what is there can be exported, or nothing is written.
check_tree() {
	in_tree rev-parse -q --verify base >/dev/null 2>&1 ||
		die "$tree" "this is not a tree made by make tree: it has no tag base" "Make one with: make tree TREE=DIR."
	[[ ! $(in_tree status --porcelain) ]] ||
		die "$tree" "it has changes that are in no commit" "Commit them, or put them away with git stash."
	[[ ${FORCE:-} ]] || check_unmoved
}

# check_unmoved: the new files here are as the tree last knew them.
check_unmoved() {
	local mail file
	while read -r mail; do
		while read -r file; do
			in_tree show "exported:$file" 2>/dev/null | cmp -s - "$repo/$file" ||
				die "$file" "it was edited here since $tree was made or last exported" \
					"Make a new tree (make tree TREE=DIR) and move your commits there; FORCE=1 overwrites it."
		done < <(added_files "$mail")
	done < <(mails)
}

# check_whole COMMIT: each new file is brought whole by one commit.
check_whole() {
	local file
	while read -r file; do
		in_base "$file" ||
			die "$file" "commit $(in_tree log -1 --format='%h (%s)' "$1") edits a file that an earlier commit of the series brings" \
				"Fold that edit into the commit that adds the file (git commit --fixup, git rebase -i --autosquash base)."
	done < <(in_tree diff-tree --no-commit-id -r --name-only --diff-filter=MDT "$1")
}

# new_files COMMIT: the paths it adds.
new_files() {
	in_tree diff-tree --no-commit-id -r --name-only --diff-filter=A "$1"
}

# in_base PATH: the base has it; the top directory always exists.
in_base() {
	[[ $1 == . ]] || in_tree cat-file -e "base:$1" 2>/dev/null
}

# adds_whole COMMIT DIR: no other commit brings a file below that directory.
adds_whole() {
	cmp -s <(new_files "$1" | sed -n "\|^$2/|p") <(in_tree ls-tree -r --name-only HEAD -- "$2/")
}

# adds_lines COMMIT: its Adds: lines; a directory that the base does not have, and
# of which this commit brings all, is named instead of its files.
adds_lines() {
	local file dir part
	new_files "$1" | while read -r file; do
		dir=
		for part in $(dirname "$file" | tr / ' '); do
			dir=${dir:+$dir/}$part
			! in_base "$dir" && adds_whole "$1" "$dir" && echo "Adds: $dir/" && continue 2
		done
		echo "Adds: $file"
	done | sort -u
}

# mail_of COMMIT: the mail that the series keeps.
mail_of() {
	in_tree log -1 --format='From: %an <%ae>%nDate: %aD%nSubject: [PATCH] %s%n%n%b' "$1" |
		sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
	adds_lines "$1"
	printf -- '---\n'
	in_tree diff-tree --no-commit-id --stat=72 -p --diff-filter=M --abbrev=12 "$1"
	printf -- '-- \n'
}

# write_overlay COMMIT: its new files, to their paths in this repository.
write_overlay() {
	new_files "$1" | while read -r file; do
		mkdir -p "$repo/$(dirname "$file")"
		in_tree show "$1:$file" >"$repo/$file.new"
		[[ $(in_tree ls-tree "$1" -- "$file") == 100755* ]] && chmod +x "$repo/$file.new"
		if cmp -s "$repo/$file.new" "$repo/$file"; then
			rm "$repo/$file.new"
		else
			mv "$repo/$file.new" "$repo/$file"
			say "wrote $file"
		fi
	done
}

# twin_of MAIL: the mail of another series that says and changes the same.
twin_of() {
	local other text
	text=$(sed -E '/^Date: |^index /d; s/^@@ .*/@@/' "$series_dir/$1")
	for other in "$repo"/patches/*/*.patch; do
		[[ $other != "$series_dir"/* ]] || continue
		[[ $(sed -E '/^Date: |^index /d; s/^@@ .*/@@/' "$other") != "$text" ]] ||
			{ echo "../${other#"$repo/patches/"}" && return; }
	done
}

# drop_old: remove what the tree had at its last export, and has no more. A file that
# it never had was made here; without a mail that brings it, composing refuses.
drop_old() {
	local mail file
	while read -r mail; do
		while read -r file; do
			in_tree cat-file -e "HEAD:$file" 2>/dev/null || ! in_tree cat-file -e "exported:$file" 2>/dev/null ||
				{ rm -f "$repo/$file" && say "removed $file"; }
		done < <(added_files "$mail")
		[[ $mail == ../* ]] || rm -f "$series_dir/$mail"
	done < <(mails)
}

main() {
	local commit number=0 name twin
	tree=${1:-$build/tree-$SERIES}
	check_tree
	for commit in $(in_tree rev-list --reverse base..HEAD); do
		check_whole "$commit"
	done
	[[ -e $series_dir/series ]] && drop_old
	echo "# The mails of the series, in order." >"$series_dir/series"
	for commit in $(in_tree rev-list --reverse base..HEAD); do
		number=$((number + 1))
		name=$(printf '%04d-%s.patch' $number "$(in_tree log -1 --format=%f "$commit" | cut -c 1-52)")
		mail_of "$commit" >"$series_dir/$name"
		twin=$(twin_of "$name")
		[[ ! $twin ]] || rm "$series_dir/$name"
		echo "${twin:-$name}" >>"$series_dir/series"
		write_overlay "$commit"
	done
	in_tree tag -f exported >/dev/null
	say "$number mails are in $series_dir"
}

main "$@"
