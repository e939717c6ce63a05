#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Kernel sources: a wrong KERNEL_SRC, no network with an empty cache, and a
# download that is not the pinned file are each told and leave nothing behind.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

source_sh=$repo/scripts/source.sh
mkdir "$work/empty" "$work/bin" "$work/cache"
expect_error "not a kernel source tree" env KERNEL_SRC="$work/empty" "$source_sh"
expect_error "not a kernel source tree" env KERNEL_SRC="$work/nowhere" "$source_sh"
echo text >"$work/file.tar"
expect_error "cannot be unpacked" env KERNEL_SRC="$work/file.tar" XDG_CACHE_HOME="$work/cache" "$source_sh"

# an apt-get that knows its sources but reaches nothing
real_apt=$(command -v apt-get)
cat >"$work/bin/apt-get" <<END
#!/bin/sh
case "\$1" in indextargets) exec $real_apt "\$@" ;; esac
echo 'E: Could not connect'
exit 100
END
chmod +x "$work/bin/apt-get"
export BUILD_DIR=$work/build XDG_CACHE_HOME=$work/cache PATH=$work/bin:$PATH
expect_error "KERNEL_SRC" "$source_sh"

# one that downloads something else
cat >"$work/bin/apt-get" <<END
#!/bin/sh
case "\$1" in indextargets) exec $real_apt "\$@" ;; esac
for last; do :; done
case "\$last" in *=*) echo something else >"\${last%%=*}_\${last#*=}_all.deb" ;; esac
END
expect_error "sha256 is not the pinned one" "$source_sh"
left=$(find "$work/cache" -type f ! -name '*.lock'; find "$work/cache/dm-iopoll/src" -mindepth 1 2>/dev/null || true)
[[ ! $left ]] || { echo "left behind: $left"; exit 1; }
