#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The selftest target inside a kernel tree: build, install, and a run without a
# disk, which must skip and say what to set.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

source=$("$repo/scripts/source.sh")
# beside the cache, so that files can be linked; nothing here writes to them
tree=$(mktemp -d -p "$cache")/tree
trap 'rm -rf "$work" "${tree%/tree}"' EXIT
cp -al "$source" "$tree" 2>/dev/null || cp -a "$source" "$tree"
cp -a "$repo/tools/testing/selftests/dm-iopoll" "$tree/tools/testing/selftests/"
grep -q '^+TARGETS += dm-iopoll$' "$series_dir"/*.patch

selftests=(make -s -C "$tree/tools/testing/selftests" TARGETS=dm-iopoll WERROR="${WERROR:-}")
"${selftests[@]}" -j"$(nproc)" install INSTALL_PATH="$work/installed" FORCE_TARGETS=1
for file in run.sh dm_iopoll settings config; do
	[[ -e $work/installed/dm-iopoll/$file ]] || { echo "not installed: $file"; exit 1; }
done
# the test leaf is built when a kernel's build tree is named, and its absence told
if "${selftests[@]}" -C dm-iopoll leaf OUTPUT="$work/leaf" >"$work/log" 2>&1 ||
	! grep -q 'KDIR is not set' "$work/log"; then
	cat "$work/log"
	exit 1
fi
env -u DM_IOPOLL_DISKS "$work/installed/dm-iopoll/run.sh" >"$work/log" 2>&1 || status=$?
cat "$work/log"
[[ ${status:-0} == 4 ]] && grep -q DM_IOPOLL_DISKS "$work/log"
