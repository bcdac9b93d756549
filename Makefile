# The front door: `make help` lists what there is. Everything is built by CMake and Ninja.

BUILD ?= build
prefix ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
# Rounds of kill -9 and seconds a fuzz target runs; check-slow raises both.
KILL_ROUNDS ?= 5
FUZZ_SECONDS ?= 60

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# What a tier of `make check` is; scripts/check runs them and adds up.
CHECKS := all check-setup check-layers check-format check-headers unit check-man cli e2e check-install asan
SLOW_CHECKS := e2e-slow fault-slow deb tsan fuzz lint check-clang

sources = $(shell find cmd libobs tests -name node_modules -prune -o \( -name '*.cc' -o -name '*.h' \) -print | sort)
configure = cmake -S . -G Ninja
clang = -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14
test_programs = $(patsubst tests/unit/%/,test_%,$(wildcard tests/unit/*/))

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+( [a-z-]+)*:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Building.

.PHONY: setup setup-tests
setup:
	@scripts/setup
setup-tests:
	@scripts/setup --tests

# A build directory is configured once; CMake looks after itself from then on.
$(BUILD)/build.ninja: | setup
	$(configure) -B $(BUILD)

.PHONY: all build
all build: setup $(BUILD)/build.ninja ## every program, into build/bin
	@ninja -C $(BUILD) programs

.PHONY: run
run: all ## the suite with simulated traffic on loopback, and its first answers
	@scripts/run-demo

# --- Checking.

.PHONY: check check-slow
check: setup-tests ## everything a change must pass; under half an hour on two cores
	@scripts/check $(CHECKS)
check-slow: setup-tests ## a hundred kill -9 rounds, TSan, fuzzing, clang-tidy, clang
	@scripts/check $(CHECKS) $(SLOW_CHECKS)

.PHONY: check-setup check-layers check-format format check-headers check-man check-install check-clang
check-setup: # A second run must find nothing to do, and the lock files must pin every package.
	@scripts/setup --tests
	@scripts/check-lock scripts/duckdb && scripts/check-lock tests/e2e

check-layers: ## include direction, and owners of third-party headers
	@scripts/check-layers

check-format: setup-tests ## clang-format would change nothing
	@clang-format-14 --dry-run --Werror $(sources)

format: setup-tests ## clang-format everything
	@clang-format-14 -i $(sources)

check-headers: setup-tests ## every header compiles alone
	@scripts/check-headers

check-man: setup-tests all ## man pages are well-formed and say what --help says
	@tests/cli/man

check-install: all ## make install into an empty place, and run from there
	@scripts/check-install

check-clang: setup-tests # The second compiler, and its warnings.
	@$(configure) -B build-clang $(clang) -DCMAKE_CXX_FLAGS=-Werror >/dev/null
	@ninja -C build-clang

.PHONY: unit cli golden e2e e2e-slow
unit: setup-tests all ## unit tests
	@ninja -C $(BUILD) $(test_programs)
	@scripts/unit $(BUILD)

cli: setup-tests all ## golden files of command lines, tests/cli/*.test
	@tests/cli/run

golden: setup-tests all ## rewrite the golden files; read the diff
	@tests/cli/run --golden

e2e: setup-tests all ## real binaries, real SDKs, real Redis, kill -9
	@OBS_KILL_ROUNDS=$(KILL_ROUNDS) tests/e2e/run

e2e-slow: setup-tests all
	@OBS_KILL_ROUNDS=100 tests/e2e/run kill

.PHONY: fault-slow
fault-slow: setup-tests # Every call of a store's file systems fails in turn; a hundred dead writers.
	@ninja -C $(BUILD) test_store
	@OBS_FAULT_ALL=1 OBS_CRASH_ROUNDS=50 $(BUILD)/bin/test_store '[fault],[crash]'

.PHONY: asan tsan fuzz lint bench
# Sanitizers by clang, which is twice as fast at it as gcc, and so sees all code but main programs on every check.
asan: setup-tests ## unit tests under ASan and UBSan
	@$(configure) -B build-asan $(clang) -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
	  -DOBS_SANITIZE=address,undefined >/dev/null
	@ninja -C build-asan $(test_programs)
	@ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 scripts/unit build-asan

# DuckDB is not instrumented, and holds more locks at once than the detector of deadlocks can count.
tsan: setup-tests ## unit tests under TSan
	@$(configure) -B build-tsan $(clang) -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
	  -DOBS_SANITIZE=thread >/dev/null
	@ninja -C build-tsan $(test_programs)
	@TSAN_OPTIONS="halt_on_error=1 ignore_noninstrumented_modules=1 detect_deadlocks=0" scripts/unit build-tsan

fuzz: setup-tests ## libFuzzer, FUZZ_SECONDS (60) for each parser
	@$(configure) -B build-fuzz $(clang) \
	  -DOBS_FUZZ=ON -DOBS_SANITIZE=address,undefined,fuzzer-no-link >/dev/null
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz build-fuzz

lint: setup-tests all ## clang-tidy, warnings are errors
	@scripts/lint $(BUILD)

bench: all ## benchmarks, tests/bench
	@scripts/bench $(BUILD)

# --- Installing.

.PHONY: install uninstall deb clean
install: all ## into DESTDIR and prefix (/usr/local): programs, manual, completions
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(prefix) >/dev/null
	@echo "installed into $(DESTDIR)$(prefix)"

uninstall: ## what the last make install put there
	@sed "s|^|$(DESTDIR)|" $(BUILD)/install_manifest.txt | tr '\n' '\0' | xargs -0 rm -f

deb: all ## a Debian package, build/obs_VERSION_ARCH.deb
	@scripts/deb $(BUILD)

clean: ## every build directory
	rm -rf build build-asan build-tsan build-fuzz build-clang
