#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# documents.sh finds what it looks for: each fault is put into a copy of the documents.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

copy=$work/copy

# finds TEXT FILE SED-SCRIPT: the fault that the script makes in the file.
finds() {
	sed -i.kept "$3" "$copy/$2"
	! cmp -s "$copy/$2" "$copy/$2.kept" || { echo "the fault '$3' changes nothing in $2" && return 1; }
	expect_error "$1" "$repo/scripts/checks/documents.sh" "$copy"
	mv "$copy/$2.kept" "$copy/$2"
}

mkdir -p "$copy/patches/5.10"
cp -r "$repo"/{*.md,Makefile,COPYING,Documentation,block,drivers,include,scripts,tools} "$copy"
cp "$repo"/patches/5.10/cover-letter "$copy/patches/5.10/"
for series in 6.12 7.3; do
	mkdir -p "$copy/patches/$series"
	cp "$repo/patches/$series"/{BASE,cover-letter} "$copy/patches/$series/"
done
"$repo/scripts/checks/documents.sh" "$copy"
finds 'leads nowhere' README.md 's|(CONTRIBUTING.md)|(CONTRIBUTE.md)|'
finds 'over two lines' README.md 's|(CONTRIBUTING.md)|(\nCONTRIBUTING.md)|'
finds 'no such heading' README.md 's|(#try-it)|(#try-this)|'
finds "no 'make cheque'" README.md 's|^make check |make cheque |'
finds 'not filled in' README.md 's|^## Try it|@PLACE@|'
finds 'mails of the series' README.md 's|the [0-9]* mails of the series|the 7 mails of the series|'
finds 'can be taken' Documentation/dm-iopoll/upstream.md 's|Mails 1 to [0-9]* can be|Mails 1 to 7 can be|'
finds 'lines in dm and blk-throttle' Documentation/dm-iopoll/upstream.md 's|^[0-9]* lines in dm and|57 lines in dm and|'
finds 'change ([0-9]+) lines' Documentation/dm-iopoll/upstream.md 's|^Patches 1, 2, \(.* of the attached\)|Patches 1, \1|'
finds 'run make pictures' Documentation/pictures/polling.dot 's|submit|send|'
finds 'lines of more than' CHANGELOG.md '1s|$|; '"$(printf 'word %.0s' {1..40})"'|'
