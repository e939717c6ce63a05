# SPDX-License-Identifier: GPL-2.0
# What dmpoll is built from, relative to the selftest's directory. The unit tests take all but
# main.cpp.
DMPOLL_SOURCES := $(addprefix dmpoll/, main.cpp options.cpp terminal.cpp \
	check.cpp check_json.cpp check_text.cpp subject.cpp stack.cpp stack_reader.cpp attribute.cpp \
	driver.cpp nowait.cpp kernel_rules.cpp problem.cpp cure.cpp diagnosis.cpp fate.cpp \
	prove.cpp prove_json.cpp prove_text.cpp proof.cpp proof_io.cpp disk_totals.cpp top.cpp top_rows.cpp \
	bench.cpp bench_case.cpp child.cpp files.cpp fio_job.cpp fio_output.cpp gnuplot.cpp machine.cpp \
	measurement.cpp plot.cpp report.cpp report_json.cpp report_markdown.cpp statistics.cpp \
	stop_signals.cpp summary.cpp sweep.cpp sweep_plot.cpp units.cpp verdict.cpp)
DMPOLL_LIB_SOURCES := $(addprefix lib/, disk.cpp dm_device.cpp dm_table.cpp dm_task.cpp error.cpp \
	fd.cpp isolate.cpp kernel_version.cpp queue_stats.cpp ring.cpp stage.cpp text.cpp)
DMPOLL_LIBS := -luring -lfmt -ldevmapper -lblkid
