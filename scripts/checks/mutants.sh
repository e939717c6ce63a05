#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Each mutant applies to the composed series and names tests that exist: else
# make mutation-check would end in the middle, an hour later.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

tree=$work/tree
failed=0
small_tree "$tree" "$repo"/tools/lab/mutants/*.patch
while read -r patch; do
	git_alone -C "$tree" apply --whitespace=nowarn "$patch" || exit
done < <(find "$mails" -name '0*.patch' ! -name '0000-*' | sort)
{
	"$build/selftests/dm_iopoll" --list --filter "*" --filter "stress.*" --filter "hot.*" | awk '{ print $1 }'
	"$repo/tools/lab/in-guest/kunit.sh" "$repo" --list
} >"$work/tests"
for mutant in "$repo"/tools/lab/mutants/*.patch; do
	git_alone -C "$tree" apply --check "$mutant" || failed=1
	names=$(sed -n '/^diff /q; s/^Test: //p' "$mutant")
	missing=$(grep -vxFf "$work/tests" <<<"$names") || continue
	echo "$mutant: no such test: ${missing:-(none is named)}"
	failed=1
done
((!failed))
