#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# kunit.sh REPO: what a guest's KUnit would say of two suites, one of them absent.
set -euo pipefail

repo=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/{block,drivers/md,results/one}
printf '%s\n' $'\tKUNIT_CASE(good),' $'\tKUNIT_CASE(bad),' $'\tKUNIT_CASE(wordy),' $'\t.name = "one",' >"$work/block/one-test.c"
printf '%s\n' $'\tKUNIT_CASE(lost),' $'\t.name = "two",' >"$work/drivers/md/two-test.c"
cat >"$work/results/one/results" <<'RESULTS'
    # Subtest: one
    1..3
    ok 1 - good
    # bad: EXPECTATION FAILED at one-test.c:3
    Expected a == b, but
        a == 1
        b == 2
    not ok 2 - bad
    # wordy: EXPECTATION FAILED at one-test.c:8
    Expected c
not ok 1 - one
RESULTS

# expect ARGUMENT...: kunit.sh says what comes on stdin.
expect() {
	diff - <(KUNIT_RESULTS=$work/results "$repo/tools/lab/in-guest/kunit.sh" "$work" "$@")
}

expect --list <<'CASES'
one.good
one.bad
one.wordy
two.lost
CASES
expect <<'END'
KTAP version 1
1..4
ok 1 one.good
# what: EXPECTATION FAILED at one-test.c:3 Expected a == b, but a == 1 b == 2
not ok 2 one.bad
# what: EXPECTATION FAILED at one-test.c:8 Expected c
not ok 3 one.wordy
# what: KUnit has no result of it
not ok 4 two.lost
END
expect --filter one.good <<'END'
KTAP version 1
1..1
ok 1 one.good
END
