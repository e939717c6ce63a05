#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Hooks in existing kernel code stay under 300 changed lines; logic lives in
# new files. Documentation and build files do not count. A third of them are not
# about polling below stacked devices: fixes of io_uring, of nvme-pci, and of
# the cookie of a plugged request; splits of clones; and where a bio_set keeps
# bios. Nothing but a hunk can make those.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lines=$(cd "$series_dir" && mails | xargs cat |
	awk '/^diff --git/ { code = /\.[ch]$/ } code && /^[+-]/ && !/^(\+\+\+|---)/ { n++ } END { print n + 0 }')
echo "changed lines in existing C files: $lines, wanted: under 300"
((lines < 300))
