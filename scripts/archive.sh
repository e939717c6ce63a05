# SPDX-License-Identifier: GPL-2.0
# Debian's archive, whatever release this host has: sourced by scripts that take
# packages from it, after lib.sh. Nothing is installed.
# shellcheck shell=bash

# host_repository SUFFIX: where this host's own apt gets Debian's release
# CODENAME+SUFFIX from.
host_repository() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016 # $(...) is for apt to fill in
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' |
		awk -v release="$codename$1" '$2 == release { print $1; exit }'
}

# write_apt_config DIR: a private apt world below DIR; the host's is not touched.
write_apt_config() {
	local main security suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	main=$(host_repository "")
	security=$(host_repository "-security")
	[[ $main ]] || die "apt" "this host's apt configuration names no Debian release" \
		"Set KERNEL_SRC to a $SERIES.y tree or tarball instead."
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	touch "$1/status"
	for suite in $(base_value suites); do
		if [[ $suite == *-security ]]; then
			echo "deb [signed-by=$keyring] ${security:-${main%/}-security} $suite main"
		else
			echo "deb [signed-by=$keyring] $main $suite main"
		fi
	done >"$1/sources.list"
}

# private_apt DIR PROGRAM ARGS: apt-get or apt-cache in that world. Releases past
# their support keep their last Release file, hence no check of its date.
private_apt() {
	local dir=$1 program=$2
	shift 2
	"$program" -q -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$dir/lists" -o Dir::State::status="$dir/status" \
		-o Dir::Cache="$dir" -o APT::Sandbox::User=root \
		-o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 "$@"
}
