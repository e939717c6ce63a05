#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# checkpatch --strict, from the base tree, is clean on each mail. Not asked:
# MAINTAINERS entries for new files (FILE_PATH_CHANGES), and that an iterator
# macro names its cursor only once (MACRO_ARG_REUSE), which none can; that the
# commit of a Fixes: line is known here, where there is no history.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

source=$("$repo/scripts/source.sh")
"$repo/scripts/compose.sh" "$mails"
status=0
for mail in "$mails"/0*.patch; do
	[[ $mail == */0000-* ]] && continue
	(cd "$source" && scripts/checkpatch.pl --strict --no-summary --terse --show-types \
		--ignore FILE_PATH_CHANGES,MACRO_ARG_REUSE,UNKNOWN_COMMIT_ID "$mail") 2>/dev/null || status=1
done
exit $status
