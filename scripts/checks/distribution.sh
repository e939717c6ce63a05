#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The test machine's kernel is set as Debian's is, in all that IO passes on its
# way; tools/lab/config/distribution.exceptions names each difference, with the
# reason. Built in and as a module count as the same.
#
#   scripts/checks/distribution.sh VMLINUX       of the test machine; its config lies beside it
#   scripts/checks/distribution.sh --renew DEB   Debian's settings, from its package
#     linux-config-5.10, into tools/lab/config/distribution.config
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

settings=$repo/tools/lab/config/distribution.config
exceptions=$repo/tools/lab/config/distribution.exceptions

# option_names: those of block/, drivers/md, drivers/nvme, the file systems with
# direct IO, cgroups, preemption, io_uring; of the base, one a line.
option_names() {
	local source
	source=$("$repo/scripts/source.sh")
	(
		cd "$source"
		cat block/Kconfig block/Kconfig.iosched block/partitions/Kconfig kernel/Kconfig.preempt \
			fs/{btrfs,f2fs,zonefs,ext2,ext4,xfs,jbd2}/Kconfig
		find drivers/md drivers/nvme -name 'Kconfig*' -exec cat {} +
		sed -n '/^menuconfig CGROUPS/,/^endif # CGROUPS/p; /^config IO_URING/p' init/Kconfig
	) | sed -n 's/^\(menu\)\?config \([A-Z0-9_]*\)$/CONFIG_\2/p' | sort -u
}

# values CONFIG: "NAME VALUE" of each line; m is y, not set is n.
values() {
	sed -n -e 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/\1 n/p' -e 's/^\(CONFIG_[A-Z0-9_]*\)=m$/\1 y/p' \
		-e 's/^\(CONFIG_[A-Z0-9_]*\)=\([^m].*\)$/\1 \2/p' "$1" | sort
}

renew() {
	local config=$work/config name
	dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/src/linux-config-5.10/config.amd64_none_amd64.xz | xz -dc >"$config"
	{
		echo "# SPDX-License-Identifier: GPL-2.0"
		echo "# The settings of Debian's kernel: $(dpkg-deb -f "$1" Package) $(dpkg-deb -f "$1" Version), amd64."
		echo "# Made by scripts/checks/distribution.sh --renew."
		option_names | while read -r name; do
			grep -E "^$name=|^# $name is not set$" "$config" || true
		done
	} >"$settings"
}

# differences CONFIG: "NAME THEIRS OURS", for the options that Debian's kernel has.
differences() {
	join -a 1 -e n -o 0,1.2,2.2 <(values "$settings") <(values "$1") | awk '$2 != $3'
}

# reason NAME: why that option may differ; empty when it may not.
reason() {
	local pattern text
	while read -r pattern text; do
		# shellcheck disable=SC2053 # the left side is a pattern
		[[ $pattern != CONFIG_* || $1 != $pattern ]] || echo "$text"
	done <"$exceptions"
}

# useless_exceptions: those that excuse none of the differences on stdin.
useless_exceptions() {
	local names pattern
	names=$(awk '{ print $1 }')
	grep -o '^CONFIG_[^[:space:]]*' "$exceptions" | while read -r pattern; do
		compgen -W "$names" -X "!$pattern" >/dev/null || echo "$pattern"
	done
}

check() {
	local name theirs ours bad=0
	while read -r name theirs ours; do
		[[ $(reason "$name") ]] && continue
		echo "$name is $theirs in Debian's kernel, $ours in the test machine's; set it in guest.config, or name the reason in distribution.exceptions"
		bad=1
	done < <(differences "$1")
	while read -r name; do
		echo "$name: this exception excuses nothing; remove it"
		bad=1
	done < <(differences "$1" | useless_exceptions)
	echo "$(values "$settings" | wc -l) options compared, $(differences "$1" | wc -l) differ"
	return $bad
}

if [[ ${1:-} == --renew ]]; then
	renew "$2"
else
	check "$(dirname "${1:?the kernel}")/config"
fi
