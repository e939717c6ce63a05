#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Copies of this repository in odd places: without .git, owned by another user,
# below a path with a blank or a colon. Each composes the same series, or says
# what is wrong. Under sudo, what is built belongs to the caller.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# same_series DIR: as it is composed here.
same_series() {
	env -u GIT_DIR QUIET=1 BUILD_DIR= "$1/scripts/compose.sh" "$work/other"
	diff -r "$mails" "$work/other" ||
		{ echo "the copy in $1 composes another series"; exit 1; }
}

QUIET=1 "$repo/scripts/compose.sh" "$mails"
copy_repo "$work/plain"
same_series "$work/plain"

cp -a "$work/plain" "$work/foreign"
git_alone -C "$work/foreign" init -q
git_alone -C "$work/foreign" add -A
if ((EUID == 0)); then
	chown -R 65534 "$work/foreign"
	same_series "$work/foreign"
	SUDO_UID=65534 SUDO_GID=65534 make -s -C "$work/plain" patches QUIET=1
	left=$(find "$work/plain/build" ! -user 65534)
	[[ -d $work/plain/build && ! $left ]] || { echo "root has these after sudo make: $left"; exit 1; }
fi

for name in 'a blank' 'a:colon'; do
	cp -a "$work/plain" "$work/$name"
	expect_error "has a blank or a colon" make -C "$work/$name" patches
	expect_error "has a blank or a colon" "$work/$name/scripts/compose.sh"
done
