# A front to CMake for people who want one word. Everything it does is in the presets.
PRESET ?= release
JOBS   ?= 2
BENCH  ?=
FUZZ   ?= spec
FUZZ_SECONDS ?= 600
PREFIX ?= /usr/local
BIN    := build/$(PRESET)/bin
BENCHES = sweepformer sweepformer-worker store_bench plan_bench read_bench start_bench memory_bench \
          step_bench kernel_bench scaling_bench rival_input
SOURCES = $$(git ls-files '*.h' '*.cc')

.DEFAULT_GOAL := all
.PHONY: all demo test bench bench-pytorch fuzz install format format-check lint deps configure help clean

all: configure ## build sweepformer and sweepformer-worker into build/release/bin
	cmake --build --preset $(PRESET) -j $(JOBS) --target programs

demo: all ## install what is missing, build, run a small sweep, print the comparison
	tools/demo.sh $(BIN)

test: configure ## install what is missing, build and pass all tests
	cmake --build --preset $(PRESET) -j $(JOBS)
	tools/check_includes.sh
	ctest --preset $(PRESET) -j $(JOBS)

bench: configure ## build and run the benchmarks: one table, and build/bench/bench.json (BENCH="--only step": of them)
	cmake --build --preset $(PRESET) -j $(JOBS) --target $(BENCHES)
	tools/bench/bench.py $(BIN) $(BENCH)

bench-pytorch: ## install PyTorch (python3-torch) and run the benchmarks whose rival it is
	@tools/install_deps.sh python3-torch
	$(MAKE) bench BENCH="--only step,full,reviews,titles,sweep $(BENCH)"

fuzz: ## fuzz FUZZ (spec, csv, tsv, jsonl, blitzer, idx or tokens) for FUZZ_SECONDS (600); installs clang
	@tools/install_deps.sh clang-14 libclang-rt-14-dev
	@cmake --preset fuzz >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	cmake --build --preset fuzz -j $(JOBS) --target $(FUZZ)_fuzz
	tools/fuzz/run.sh build/fuzz/bin/$(FUZZ)_fuzz $(FUZZ_SECONDS)

install: all ## install binaries, man pages and completions (PREFIX=/usr/local)
	cmake --build --preset $(PRESET) -j $(JOBS) --target pages
	cmake --install build/$(PRESET) --prefix $(PREFIX)

format: ## format the sources in place
	clang-format -i $(SOURCES)

format-check: ## fail if a source is not formatted
	clang-format --dry-run -Werror $(SOURCES)

lint: configure ## run clang-tidy over everything but the model
	run-clang-tidy -quiet -p build/$(PRESET) 'orchestrator|results|datasets|tools'

deps: ## install what is missing (Debian packages; sudo only when not root)
	@$(if $(filter no-model tsan,$(PRESET)),WITHOUT_MODEL=1) tools/install_deps.sh

configure: deps
	@cmake --preset $(PRESET) >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }

clean: ## remove what was built
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
