#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: what KUnit found while it booted, as KTAP. Suites that
# are missing fail by name.
#   kunit-in-guest.sh SUITE...
set -euo pipefail

[[ -d /sys/kernel/debug/kunit ]] || mount -t debugfs debugfs /sys/kernel/debug
echo "KTAP version 1"
echo "1..$#"
number=0
for suite; do
	number=$((number + 1))
	# each is the first of its file
	sed -E "s/^((not )?ok) 1 - /\1 $number - /" "/sys/kernel/debug/kunit/$suite/results" ||
		echo "not ok $number - $suite"
done
