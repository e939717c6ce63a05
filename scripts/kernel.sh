#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Build the test machine's kernel; print the directory that holds vmlinux, config
# and build.log. The machine boots vmlinux as it is: decompressing a bzImage
# takes an emulated CPU 3 s, and 40 s where code and data happen to share a page.
# A kernel that was built before, here or in another clone, comes from the cache.
#
#   [SERIES=5.10] scripts/kernel.sh [--tree|--leaf] ours|base|debug|commit-N|mutant-NAME|6.12[-...]|7.3[-...]
#     ours: base + whole series    base: the unpatched base
#     6.12, 7.3: the base of that series; 6.12-fixed: with the whole series;
#     6.12-debug, 6.12-commit-N: as below, with SERIES=6.12; so for 7.3. upstream is 6.12
#     commit-N: base + the first N mails
#     debug: ours, checking itself (tools/lab/config/debug.*)
#     mutant-NAME: ours, broken by tools/lab/mutants/NAME.patch
#   CONFIG_EXTRA="FILE..."  further config fragments
#   KERNEL_SRC=DIR|TARBALL  another 5.10.y base
# With --tree: only bring the build tree up to date; print it (objects: obj/).
# With --leaf: build the test leaf for that kernel, too; print its file.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=leaf.sh
. "$repo/scripts/leaf.sh"
# shellcheck source=configure.sh
. "$repo/scripts/configure.sh"

# The same image from the same input: no clock, user or host in it.
export KBUILD_BUILD_TIMESTAMP='2020-12-13 22:41:30' KBUILD_BUILD_USER=dm-iopoll KBUILD_BUILD_HOST=dm-iopoll

# wanted_mails VARIANT: how many mails of the series go in.
wanted_mails() {
	[[ $1 != mutant-* || $SERIES == 5.10 ]] ||
		die "$SERIES-$1" "the mutants are of the series for 5.10" "Use mutant-NAME."
	case $1 in
	ours | debug | mutant-*) mails | wc -l ;;
	base) echo 0 ;;
	commit-[0-9] | commit-[0-9][0-9]) echo "${1#commit-}" ;;
	*) die "$1" "there is no such kernel variant" "Use ours, base, debug, commit-N, mutant-NAME, or a series (6.12, 7.3) with -fixed, -debug, -commit-N." ;;
	esac
}

# keep_kernel_code PATCH...: drop what is not compiled in, texts of mails too, so
# that an edit of a selftest or a document builds no kernel.
keep_kernel_code() {
	local patch
	for patch; do
		awk '/^diff --git / { code = $3 !~ "^a/(tools|Documentation)/" } code' "$patch" >"$patch.new"
		mv "$patch.new" "$patch"
	done
}

# choose_series NAME: a name like 6.12-fixed as a series and a variant of it.
choose_series() {
	variant=${1/#upstream/6.12}
	[[ $variant =~ ^([0-9]+\.[0-9]+)(-(.*))?$ ]] || return 0
	export SERIES=${BASH_REMATCH[1]}
	series_dir=$repo/patches/$SERIES
	variant=${BASH_REMATCH[3]:-base}
	[[ $variant == fixed ]] && variant=ours
	return 0
}

# extra_patch VARIANT: a copy, which may be changed, of what goes on top of the series.
extra_patch() {
	local from=$repo/tools/lab/config/debug.patch to=$composed/extra
	[[ $1 != mutant-* ]] || from=$repo/tools/lab/mutants/${1#mutant-}.patch
	[[ -f $from ]] || die "$1" "there is no $from" "The mutants are those in tools/lab/mutants/."
	cp "$from" "$to" && echo "$to"
}

# touched_files PATCH...: every path that these patches create or change.
touched_files() {
	(($#)) || return 0
	sed -n 's|^diff --git a/.* b/||p' "$@" | sort -u
}

# patched_files DIR PATCH...: the touched files as they must be, below DIR.
patched_files() {
	local dir=$1 file
	shift
	touched_files "$@" | while read -r file; do
		[[ -e $source/$file ]] || continue
		mkdir -p "$dir/$(dirname "$file")"
		cp "$source/$file" "$dir/$file"
	done
	(($#)) || return 0
	cat "$@" | (cd "$dir" && GIT_CEILING_DIRECTORIES=$(dirname "$dir") git_alone apply --whitespace=nowarn) ||
		die "the series" "it does not apply to $source (see above)" \
			"Use a $SERIES.y tree near $(base_value version), or adapt $series_dir."
}

# sync_tree DIR PATCH...: make the build tree equal to base + patches. Only
# files whose content changes are written, so that make rebuilds no more.
sync_tree() {
	local dir=$1 want file
	shift
	if [[ ! -e $dir ]]; then
		say "making the build tree $dir"
		rm -rf "$dir.new"
		mkdir -p "$(dirname "$dir")"
		# links, not copies: files are replaced here, never written
		cp -al "$source" "$dir.new" 2>/dev/null || { rm -rf "$dir.new" && cp -a "$source" "$dir.new"; }
		mv "$dir.new" "$dir"
	fi
	want=$(mktemp -d)
	patched_files "$want" "$@"
	{ cat "$dir/.touched" 2>/dev/null || true; touched_files "$@"; } | sort -u | while read -r file; do
		put_file "$want/$file" "$source/$file" "$dir/$file"
	done
	touched_files "$@" >"$dir/.touched"
	rm -rf "$want"
}

# put_file WANTED ORIGINAL TARGET: whichever exists first is the content.
put_file() {
	local from=$1
	[[ -e $from ]] || from=$2
	if [[ ! -e $from ]]; then
		rm -f "$3"
	elif ! cmp -s "$from" "$3"; then
		mkdir -p "$(dirname "$3")"
		cp --remove-destination "$from" "$3"
		touch "$3"
	fi
}

# show_progress LOG PID: how many files are done, while the build runs.
show_progress() {
	local start=$SECONDS step=20 end=$'\n'
	[[ -t 2 ]] && step=1 end=$'\r'
	while kill -0 "$2" 2>/dev/null; do
		sleep 1
		if (((SECONDS - start) % step == 0)); then
			printf 'kernel.sh: %s: %d files built, %d s, now %s\033[K%s' "$variant" \
				"$(grep -c '^  CC\|^  AS' "$1" || true)" $((SECONDS - start)) \
				"$(tail -n 1 "$1" | awk '{print $2}')" "$end" >&2
		fi
	done
}

# compile DIR: build, with the log in obj/build.log.
compile() {
	local log=$1/obj/build.log pid
	# the PVH entry, and memcmp() that it calls, run before KASAN has any
	# shadow; 5.10 instruments them nevertheless
	make -C "$1" O="$1/obj" CC='ccache gcc' -j"$(nproc)" KASAN_SANITIZE_enlighten.o=n KASAN_SANITIZE_string.o=n vmlinux modules >"$log" 2>&1 &
	pid=$!
	show_progress "$log" "$pid"
	wait "$pid" || {
		grep -m 5 -B 2 -A 8 'error:' "$log" >&2 || tail -n 20 "$log" >&2
		die "the $variant kernel" "it does not build (see above)" "The whole log is $log."
	}
}

# store DIR TO: what a test machine needs, into the cache, all at once.
store() {
	rm -rf "$2.new"
	mkdir -p "$2.new"
	cp "$1/obj/vmlinux" "$1/obj/build.log" "$2.new/"
	cp "$1/obj/.config" "$2.new/config"
	mkdir "$2.new/modules"
	find "$1/obj" -name '*.ko' -exec cp -t "$2.new/modules" {} +
	rm -rf "$2"
	mv "$2.new" "$2"
}

main() {
	local patches=() number tree_only leaf key
	[[ ${1:-} == --tree ]] && tree_only=1 && shift
	[[ ${1:-} == --leaf ]] && leaf=1 && shift
	choose_series "${1:-ours}"
	number=$(wanted_mails "$variant")
	source=$("$repo/scripts/source.sh")
	fragments=("$repo/tools/lab/config/guest.config")
	[[ $SERIES == 5.10 ]] || fragments+=("$repo/tools/lab/config/newer.config")
	[[ ! -e $repo/tools/lab/config/$SERIES.config ]] || fragments+=("$repo/tools/lab/config/$SERIES.config")
	[[ $variant == debug ]] && fragments+=("$repo/tools/lab/config/debug.config")
	[[ ! -e $repo/tools/lab/config/$SERIES.$variant.config ]] || fragments+=("$repo/tools/lab/config/$SERIES.$variant.config")
	[[ ${CONFIG_EXTRA:-} ]] && read -ra extra <<<"$CONFIG_EXTRA" && fragments+=("${extra[@]}")
	tree=$cache/build/$(basename "$source")-base
	if ((number)); then
		tree=${tree%-base}-series
		# a tree of its own: the other configuration rebuilds everything
		[[ $variant == debug ]] && tree=${tree%-series}-debug
		# a folder of its own: another build may run beside this one
		composed=$(mktemp -d)
		trap 'rm -rf "$composed"' EXIT
		QUIET=1 "$repo/scripts/compose.sh" "$composed/mails"
		mapfile -t patches < <(find "$composed/mails" -name '0*.patch' ! -name '0000-*' | sort | head -n "$number")
		[[ $variant != mutant-* && $variant != debug || $SERIES != 5.10 ]] || patches+=("$(extra_patch "$variant")")
		keep_kernel_code "${patches[@]}"
		! grep -q '^+config BLK_POLL_KUNIT_TEST' "${patches[@]}" || fragments+=("$repo/tools/lab/config/kunit.config")
	fi
	config_key=$(cat "${fragments[@]}" <(gcc --version) | sha256sum | cut -c 1-16)
	key=$({ echo "$source $config_key" && cat "${patches[@]}" /dev/null | sed '/^index /d'; } | sha256sum | cut -c 1-16)
	if [[ ${tree_only:-} ]]; then
		prepare "${patches[@]}"
		printf '%s\n' "$tree"
		return
	fi
	if [[ ! -e $cache/kernel/$key/vmlinux ]]; then
		prepare "${patches[@]}"
		compile "$tree"
		store "$tree" "$cache/kernel/$key"
	fi
	[[ ! ${leaf:-} ]] || { print_leaf "$cache/kernel/$key" "${patches[@]}" && return; }
	printf '%s\n' "$cache/kernel/$key"
}

# prepare PATCH...: the build tree, as it must be, and locked.
prepare() {
	need_command flex flex
	need_command bison bison
	need_command bc bc
	lock "$(basename "$tree")"
	sync_tree "$tree" "$@"
	configure "$tree"
}

main "$@"; exit
