#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The composed mails apply with git am, which knows no fuzz.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

tree=$work/tree
small_tree "$tree"
commit_all "$tree"
mapfile -t patches < <(find "$mails" -name '0*.patch' ! -name '0000-*' | sort)
git_alone -C "$tree" am "${patches[@]}"
[[ $(git_alone -C "$tree" rev-list --count HEAD) == $(($(mails | wc -l) + 1)) ]]
grep -q '^base-commit: [0-9a-f]\{40\}$' "$mails/0000-cover-letter.patch"
