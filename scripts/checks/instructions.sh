#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# make bench counts instructions with the QEMU that is installed, whatever its
# plugin interface is: an IO polls one hw queue, and costs what it should.
#   instructions.sh VMLINUX   which is built by then; make bench finds it by itself
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BUILD_BENCH=$work "$repo/scripts/bench.sh" ours
# a raw poll takes thousands, dm some 1,200 and three locked ones, a split of four far more
awk -F '[|]' '
	/^## Locked/ { locked = 1 }
	!/^\| 1 device x 1 queue \| read \| 1 / { next }
	{ print; rows++ }
	!locked && ($5 + 0 < 800 || $5 + 0 > 1500 || $5 !~ /\[1\.00\]/) { print "not what dm adds"; bad = 1 }
	locked && ($5 + 0 < 1 || $5 + 0 > 6) { print "not the locked ones that dm adds"; bad = 1 }
	END { exit bad || rows != 2 }' "$work/report.md"
