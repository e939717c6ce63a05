#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make tree and make export: unchanged commits come back as they were; an edit
# comes back in the file it was made to; unsafe exports are refused.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

clone=$work/clone
copy_repo "$clone"
commit_all "$clone"
small_tree "$work/base"
export KERNEL_SRC=$work/base BUILD_DIR=$work/build
tree=$work/tree

"$clone/scripts/tree.sh" "$tree"
expect_error "exists already" "$clone/scripts/tree.sh" "$tree"
"$clone/scripts/export.sh" "$tree"
git -C "$clone" diff --exit-code -- . ':!patches' ||
	{ echo "an export of nothing new changed files"; exit 1; }
git -C "$clone" diff --exit-code -I '^index ' -I '^Date: ' -- patches ||
	{ echo "an export of nothing new changed mails"; exit 1; }

echo '/* edited */' >>"$tree/drivers/md/dm-poll.c"
expect_error "in no commit" "$clone/scripts/export.sh" "$tree"
git -C "$tree" commit -qam 'an edit of a new file in a commit of its own'
expect_error "Fold that edit" "$clone/scripts/export.sh" "$tree"
git -C "$tree" reset -q --soft HEAD~1
git -C "$tree" commit -q --fixup "$(git -C "$tree" log --format=%h --diff-filter=A -- drivers/md/dm-poll.c)"
GIT_SEQUENCE_EDITOR=true git -C "$tree" rebase -q -i --autosquash base
"$clone/scripts/export.sh" "$tree"
[[ $(git -C "$clone" diff --name-only -- . ':!patches') == drivers/md/dm-poll.c ]]

echo '/* here */' >>"$clone/drivers/md/dm-poll.c"
expect_error "it was edited here" "$clone/scripts/export.sh" "$tree"
