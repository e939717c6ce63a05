#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make apply: all of it or nothing, on plain trees and on git trees.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

apply=$repo/scripts/apply.sh

# files_of DIR: names and content, to see that nothing changed.
files_of() {
	(cd "$1" && find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
}

refuses_unchanged() {
	local before
	before=$(files_of "$2")
	expect_error "$1" "$apply" "$2"
	[[ $(files_of "$2") == "$before" ]] || { echo "$2 was changed by a refused apply"; return 1; }
}

expect_error "no kernel tree is named" "$apply"
expect_error "no such directory" "$apply" "$work/nowhere"
mkdir "$work/empty"
expect_error "not a kernel source tree" "$apply" "$work/empty"

small_tree "$work/plain"
cp -a "$work/plain" "$work/misfit"
sed -i 's/blk_qc_t_valid(cookie)/something_else(cookie)/' "$work/misfit/block/blk-mq.c"
refuses_unchanged "block/blk-mq.c" "$work/misfit"
git_alone -C "$work/misfit" init -q
git_alone -C "$work/misfit" config user.name check
git_alone -C "$work/misfit" config user.email check@localhost
git_alone -C "$work/misfit" add -A -f
git_alone -C "$work/misfit" commit -qm misfit
refuses_unchanged "block/blk-mq.c" "$work/misfit"
[[ $(git_alone -C "$work/misfit" rev-list --count HEAD) == 1 ]]
echo >>"$work/misfit/Makefile"
refuses_unchanged "uncommitted changes" "$work/misfit"

"$apply" "$work/plain"
grep -q poll_fn "$work/plain/include/linux/blkdev.h"
[[ -f $work/plain/block/blk-poll.c && -f $work/plain/drivers/md/dm-poll.c ]]
refuses_unchanged "in this tree already" "$work/plain"
