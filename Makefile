# ipcgrade: `make` builds build/ipcgrade; `make demo` shows it; `make check` runs all tests.
#
# Everything is found by wildcard: a new source file, IPC family, report format, assignment, fixture or
# test needs no line here.

BUILD     ?= build
CC        := gcc
PACKAGES  := gcc g++ make pkg-config libseccomp-dev libjansson-dev libdw-dev nettle-dev libcmocka-dev gdb
LINTERS   := clang clang-tidy clang-format cppcheck bubblewrap
RIVALS    := bubblewrap valgrind
LIBS      := libseccomp jansson libdw nettle

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Werror
STANDARD  := -std=gnu11 -D_GNU_SOURCE
OPTIMISE  ?= -O2
CFLAGS    := $(OPTIMISE) -g -fno-omit-frame-pointer
ALL_C     := $(STANDARD) $(WARNINGS) $(CFLAGS) $(SANITIZE)
LINK      := -rdynamic -pthread -ldl $(SANITIZE)

HARNESS   := $(filter-out harness/main.c,$(wildcard harness/*.c harness/base/*.c harness/submit/*.c \
             harness/box/*.c harness/run/*.c harness/judge/*.c harness/report/*.c harness/cli/*.c \
             harness/probe/host/*.c))
PROBE     := $(wildcard harness/probe/*.c harness/probe/family/*.c)
SCENARIOS := $(wildcard assignments/*/scenarios.c)
UNIT      := $(wildcard tests/unit/test_*.c)
E2E       := $(wildcard tests/e2e/test_*.c)
SUPPORT   := $(wildcard tests/support/*.c fixtures/*.c)
BENCH     := $(wildcard tests/bench/*.c)

HARNESS_O := $(HARNESS:%.c=$(BUILD)/%.o)
SUPPORT_O := $(SUPPORT:%.c=$(BUILD)/%.o)
LOADED    := $(SCENARIOS:assignments/%/scenarios.c=$(BUILD)/assignments/%.so)
ALL_TESTS := $(UNIT:tests/%.c=$(BUILD)/tests/%) $(E2E:tests/%.c=$(BUILD)/tests/%)
# The long ones first, so that no core waits for them at the end.
LONG      := $(foreach t,e2e/test_schedules e2e/test_fixtures e2e/test_same,$(BUILD)/tests/$(t))
TESTS     := $(LONG) $(filter-out $(LONG),$(ALL_TESTS))
BENCHES   := $(BENCH:tests/%.c=$(BUILD)/tests/%)

.PHONY: all packages demo check check-asan lint format bench clean tests
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

all: $(BUILD)/ipcgrade $(LOADED) $(if $(PROBE),$(BUILD)/probe/libtsan.so)

# ---- the command ---------------------------------------------------------------------------------

# Asked for when the first file is compiled: by then pkg-config is there.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(LIBS)))$(PKG_LIBS)

$(BUILD)/ipcgrade: $(BUILD)/harness/main.o $(HARNESS_O)
	$(CC) -o $@ $^ $(LINK) $(PKG_LIBS)

$(BUILD)/harness/%.o: harness/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(ALL_C) $(PKG_CFLAGS) -Iharness -Iharness/run -MMD -MP -c -o $@ $<

# An assignment is an object that the command loads: built here for ours, at run time for one elsewhere.
$(BUILD)/assignments/%.so: assignments/%/scenarios.c harness/run/scenario.h
	@mkdir -p $(@D)
	$(CC) $(ALL_C) -fPIC -shared -Wl,--wrap=msgrcv,--wrap=msgsnd,--wrap=semop,--wrap=read,--wrap=msgctl,--wrap=shmctl,--wrap=mq_send,--wrap=mq_receive,--wrap=sem_wait \
	  -Iharness/run -o $@ $<

# ---- the probe: sees nothing of the harness but probe_abi.h, uses no sanitizer ---------------------

$(BUILD)/harness/probe/%.o: harness/probe/%.c
	@mkdir -p $(@D)
	$(CC) $(STANDARD) $(WARNINGS) -O2 -g -fPIC -fvisibility=hidden -fno-builtin -fno-stack-protector \
	  -ffreestanding -fno-plt -fno-strict-aliasing -fno-delete-null-pointer-checks -Iharness/probe -MMD -MP -c -o $@ $<

# The harness's side of the region: the supervisor.
$(BUILD)/harness/probe/host/%.o: harness/probe/host/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_C) -Iharness/probe -MMD -MP -c -o $@ $<

$(BUILD)/libipcprobe.so: $(PROBE:%.c=$(BUILD)/%.o)
	$(CC) -shared -o $@ $^ -Wl,-soname,$(@F) -Wl,-z,now -Wl,-z,defs -Wl,-Bsymbolic -ldl

# By this name `ipcgrade cc` links it: what -fsanitize=thread asks for.
$(BUILD)/probe/libtsan.so: $(BUILD)/libipcprobe.so
	@mkdir -p $(@D)
	ln -sf ../$(<F) $@

# ---- tests ---------------------------------------------------------------------------------------

$(BUILD)/tests/%.o: tests/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(ALL_C) $(PKG_CFLAGS) -Iharness -Iharness/run -I. -MMD -MP -c -o $@ $<

$(BUILD)/fixtures/%.o: fixtures/%.c | packages
	@mkdir -p $(@D)
	$(CC) $(ALL_C) -Iharness -Iharness/run -I. -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_O) $(HARNESS_O)
	$(CC) -o $@ $^ $(LINK) $(PKG_LIBS) -lcmocka

tests: all $(TESTS)

check: packages
	@echo "Building the command and its tests"
	@$(MAKE) --no-print-directory --silent -j2 tests
	@BUILD="$(BUILD)" sh tests/run-tests.sh $(TESTS)

check-asan:
	@$(MAKE) --no-print-directory check BUILD=$(BUILD)/asan OPTIMISE=-O1 \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined"

# ONLY="speed cases", FULL=1, README=1: see there.
bench:
	@BUILD="$(BUILD)" sh tests/install-packages.sh $(PACKAGES) $(RIVALS)
	@$(MAKE) --no-print-directory --silent -j2 all $(BENCHES)
	@BUILD="$(BUILD)" ONLY="$(ONLY)" FULL="$(FULL)" README="$(README)" sh tests/run-bench.sh $(BENCHES)

demo: packages
	@echo "Building"
	@$(MAKE) --no-print-directory --silent -j2 all
	@BUILD="$(BUILD)" sh tests/demo.sh

# ---- set-up, lint, format --------------------------------------------------------------------------

# Names and installs the Debian packages that are missing; does nothing where none is.
packages:
	@BUILD="$(BUILD)" sh tests/install-packages.sh $(PACKAGES)

SOURCES := harness/main.c $(HARNESS) $(PROBE) $(SCENARIOS) $(UNIT) $(E2E) $(SUPPORT) $(BENCH)
HEADERS := $(wildcard harness/*.h harness/*/*.h tests/*/*.h fixtures/*.h)

lint:
	@BUILD="$(BUILD)" sh tests/install-packages.sh $(PACKAGES) $(LINTERS)
	@BUILD="$(BUILD)" sh tests/lint.sh $(SOURCES) $(HEADERS)

format:
	clang-format -i $(SOURCES) $(HEADERS)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
