#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Draw Documentation/pictures/*.dot into .svg files of the same names. Each names the
# text that it was drawn from, so that a check sees when one of the two was changed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

main() {
	local source picture
	need_command dot graphviz
	for source in "$repo"/Documentation/pictures/*.dot; do
		picture=${source%.dot}.svg
		dot -Tsvg "$source" >"$picture.new"
		echo "<!-- drawn from $(sha256sum <"$source" | cut -c 1-64) -->" >>"$picture.new"
		mv "$picture.new" "$picture"
		say "$picture"
	done
}

main
