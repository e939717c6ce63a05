# SPDX-License-Identifier: GPL-2.0
# What dmpoll is built from, relative to the selftest's directory; link with -lfmt -ldevmapper
# -lblkid. The unit tests take all but main.cpp.
DMPOLL_SOURCES := $(addprefix dmpoll/, main.cpp bench.cpp bench_case.cpp child.cpp files.cpp \
	fio_job.cpp fio_output.cpp machine.cpp measurement.cpp plot.cpp report.cpp report_json.cpp \
	report_markdown.cpp statistics.cpp stop_signals.cpp summary.cpp units.cpp verdict.cpp)
DMPOLL_LIB_SOURCES := $(addprefix lib/, disk.cpp dm_device.cpp dm_task.cpp error.cpp fd.cpp queue_stats.cpp \
	text.cpp)
DMPOLL_LIBS := -lfmt -ldevmapper -lblkid
