# SPDX-License-Identifier: GPL-2.0
# The configuration of a test machine's kernel: part of kernel.sh, whose
# fragments and config_key it takes.
# shellcheck shell=bash disable=SC2154

# options_wanted: "FRAGMENT LINE" for each option to be set; the last fragment
# that names an option decides.
options_wanted() {
	awk '/^(# )?CONFIG_/ && match($0, /CONFIG_[A-Z0-9_]+/) {
			name = substr($0, RSTART, RLENGTH); line[name] = $0; from[name] = FILENAME
		}
		END { for (name in line) if (line[name] ~ /^CONFIG_/) print from[name], line[name] }' "${fragments[@]}"
}

# configure DIR: tinyconfig plus fragments; an option that cannot be had fails.
configure() {
	local obj=$1/obj fragment line
	[[ -e $obj/.config && $(cat "$obj/.key" 2>/dev/null) == "$config_key" ]] && return
	mkdir -p "$obj"
	{
		make -C "$1" O="$obj" tinyconfig
		(cd "$obj" && "$1/scripts/kconfig/merge_config.sh" -m -O . .config "${fragments[@]}")
		make -C "$1" O="$obj" olddefconfig
	} >"$obj/config.log" 2>&1 || die "$obj" "the kernel cannot be configured" "See $obj/config.log."
	while read -r fragment line; do
		grep -qxF "$line" "$obj/.config" ||
			die "$fragment" "the kernel does not take $line" "Its dependencies are not met in this base."
	done < <(options_wanted)
	echo "$config_key" >"$obj/.key"
}
