# SPDX-License-Identifier: GPL-2.0
# The front door. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
BUILD := $(CURDIR)/build
SELFTESTS := tools/testing/selftests/dm-iopoll
TREE ?=
DEPTHS ?= 1,8,32,128
JOBS ?= 1
SERIES ?= 5.10
export KERNEL SERIES MODULES MACHINE SEED DURATION
# What was compiled before, in another clone too, is not compiled again.
export CXX := ccache $(CXX)
export CCACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dm-iopoll/ccache
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export LC_ALL := C.UTF-8
QUIET_MAKE := $(MAKE) -s --no-print-directory WERROR=$(WERROR) -j$(shell nproc)

ifneq ($(words $(subst :, ,$(CURDIR))),1)
$(error $(CURDIR): this path has a blank or a colon in it, which the kernel's build cannot take. Move the repository)
endif

.DEFAULT_GOAL := help

# Under sudo, what comes into build/ belongs to who called, not to root.
CALLER := $(if $(filter 0,$(shell id -u)),$(filter-out 0 $(GIVEN_BACK),$(SUDO_UID)))
ifneq ($(CALLER),)
goals := $(or $(MAKECMDGOALS),help)
.PHONY: $(goals)
$(goals):
	@status=0; $(MAKE) --no-print-directory GIVEN_BACK=$(CALLER) $@ || status=$$?; \
	[[ ! -e $(BUILD) ]] || chown -hR $(CALLER):$(SUDO_GID) $(BUILD); exit $$status
else
.PHONY: help demo bench sweep check check-long comparison list bisect-check mutation-check kernel dm-modules patches tree export apply shell programs unit-tests packages pictures clean

help: ## this text
	@echo 'dm-iopoll: polled IO on device-mapper for Linux 5.10. README.md says what that is.'
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Variables'
	@echo '  T=PATTERN               check, list: only tests whose name matches, e.g. T=linear.*'
	@echo '  KERNEL=base|6.12|7.3    check, list: only the tests in a guest, on that kernel, to compare'
	@echo '  KERNEL=6.12-fixed|7.3-fixed  check, kernel: that kernel with our fixes'
	@echo '  KERNEL=6.12-debian|7.3-debian  check, list: Debian'"'"'s own package of it; 6.12-debian-fixed: our fixes in dm'"'"'s modules'
	@echo '  KERNEL=/boot/vmlinuz-VERSION  check, list: your distribution'"'"'s kernel, in a guest: does it survive?'
	@echo '  MODULES=DIR             its modules, if they are not in /lib/modules/VERSION'
	@echo '  KERNEL=debug            check, list: the tests in a guest, on a kernel that checks itself (slow)'
	@echo '  KERNEL=5.10-commit-N|mutant-NAME  check, list: the kernel after N mails; one that is broken on purpose'
	@echo '  MACHINE=NAME            check, list: on another machine of tools/lab/checks.json: two-queues, no-queues, ...'
	@echo '  SEED=1 DURATION=3       check: of guest.stress, the seconds for each of its tests'
	@echo '  GRID=full, KERNEL="ours base"  bench: all cells instead of a few; only these kernels'
	@echo '  IOS=32768               bench: more IOs in each run, for what the kernel does ten times a second'
	@echo '  DISK=/dev/nvme0n1       demo, sweep: read this real disk instead of the emulated one'
	@echo '  TREE=DIR                the kernel tree that apply, tree and export work on'
	@echo '  SERIES=6.12|7.3         patches, apply, tree, export, bisect-check: the fixes for that kernel'
	@echo '  KERNEL_SRC=DIR|TARBALL  another kernel of the series than the pinned one'
	@echo 'Downloads and kernels are kept in $${XDG_CACHE_HOME:-~/.cache}/dm-iopoll.'

##@ See it

demo: programs ## boot the patched kernel and measure fio on /dev/mapper; report in build/demo
	@scripts/demo.sh

shell: programs ## a shell in the patched kernel (NVME=2 POLL_QUEUES=1); Ctrl-] ends it
	@kernel=$$(scripts/kernel.sh ours) && $(BUILD)/tools/lab/lab run --terminal --kernel $$kernel/vmlinux \
		--nvme $(or $(NVME),2) --poll-queues $(or $(POLL_QUEUES),1) -- bash

##@ Use it: a patched kernel of your own

apply: ## apply the series to the kernel in TREE, all of it or nothing
	@scripts/apply.sh '$(TREE)'

patches: ## compose the mail series into build/patches/SERIES
	@scripts/compose.sh

dm-modules: packages ## build dm's modules with the fixes of SERIES=6.12 or 7.3 for the installed kernel (HEADERS=DIR)
	@scripts/dm-modules.sh $(if $(HEADERS),'$(HEADERS)')

kernel: packages ## build the patched kernel; prints where it is
	@scripts/kernel.sh $(or $(KERNEL),ours)

##@ Test it

check: unit-tests ## everything that must hold; ends with: N passed, N failed, N skipped
	@scripts/check.sh $(if $(T),'$(T)')

list: programs ## the names of all tests
	@scripts/check.sh --list $(if $(T),'$(T)')

check-long: unit-tests ## debug kernel, random stress with ten seeds, every commit: some hours
	@scripts/check-long.sh

bisect-check: unit-tests ## build and boot every commit of the series, with its reproducer (SERIES=6.12)
	@scripts/bisect.sh

mutation-check: programs ## undo each safeguard; the tests named for it must fail (T=PATTERN)
	@scripts/mutation.sh $(if $(T),'$(T)')

comparison: programs ## renew Documentation/dm-iopoll/comparison.md from runs of the same tests on several kernels
	@scripts/comparison.sh

##@ Measure it

bench: programs ## count the instructions that dm adds to a polled IO; report in build/bench (GRID=full, KERNEL=NAMES)
	@scripts/bench.sh $(KERNEL)

sweep: programs ## the demo's measurement at several depths (DEPTHS=1,8,32,128 JOBS=1); report in build/sweep
	@OUT=$(BUILD)/sweep DEPTHS=$(DEPTHS) JOBS=$(JOBS) LIMIT=3600 scripts/demo.sh

##@ Work on it

tree: packages ## a kernel git tree with the series as commits, to edit (TREE, default build/tree-SERIES)
	@scripts/tree.sh $(if $(TREE),'$(TREE)')

export: ## bring the commits of that tree back into this repository
	@scripts/export.sh $(if $(TREE),'$(TREE)')

programs: packages ## build the host tools and the test programs
	@echo 'building the host tools and the test programs' >&2
	@$(QUIET_MAKE) -C tools/lab BUILD=$(BUILD)/tools/lab all
	@$(QUIET_MAKE) -C tools/dmpoll BUILD=$(BUILD)/tools/dmpoll all
	@$(QUIET_MAKE) -C $(SELFTESTS) OUTPUT=$(BUILD)/selftests all

unit-tests: programs ## build the unit tests of the programs
	@echo 'building the unit tests' >&2
	@$(QUIET_MAKE) -C tools/lab BUILD=$(BUILD)/tools/lab tests
	@$(QUIET_MAKE) -C tools/dmpoll BUILD=$(BUILD)/tools/dmpoll tests

packages: ## install the Debian packages that are needed (as root)
	@scripts/packages.sh

pictures: ## draw Documentation/pictures/*.svg again (needs graphviz)
	@scripts/pictures.sh

clean: ## remove build/ (not the cache)
	rm -rf $(BUILD)
endif
