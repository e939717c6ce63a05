#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs inside the guest: what KUnit found while it booted, as KTAP. Suites that
# are missing fail by name.
#   kunit-in-guest.sh SUITE...
set -euo pipefail

[[ -d /sys/kernel/debug/kunit ]] || mount -t debugfs debugfs /sys/kernel/debug
echo "KTAP version 1"
echo "1..$#"
for suite; do
	cat "/sys/kernel/debug/kunit/$suite/results" || echo "not ok 1 - $suite"
done
