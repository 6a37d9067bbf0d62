# What a developer of Weir runs; `make help` prints this from the ## comments below. Each command
# installs what it lacks first, so any of them works on a bare clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Settings of the commands, as in `make crash ROUNDS=20`.
ROUNDS ?= 200
SEED ?=
SEEDS ?= 10000
SECONDS ?= 300
TESTS ?=
FILES ?=
LIVE ?= 5000
BUILDS ?= bench dev clang-release clang
export JOBS

##@ Everyday

.PHONY: help
help: ## Print these commands
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: ## Install what is missing, build, start a Weir on this machine and run the examples
	@scripts/setup run
	@scripts/build release weir weir-runner weir-mover
	@scripts/need scripts/run_examples "the example jobs"
	@scripts/run_examples

.PHONY: test
test: ## All tests: checks of the tree, unit, scenario and end-to-end tests, short searches
	@scripts/setup run test
	@$(MAKE) check
	@scripts/build dev
	@scripts/run_tests dev
	@$(MAKE) smoke
	@scripts/test_summary dev

.PHONY: build
build: ## Build build/release/weir, optimised, as shipped
	@scripts/setup run
	@scripts/build release

.PHONY: setup
setup: ## Install the Debian packages (and pinned npm packages) that are missing, and say which
	@scripts/setup run test

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf build

##@ Looking closer

.PHONY: unit
unit: ## The tests of build/dev alone; TESTS=journal runs those whose name matches
	@scripts/setup run test
	@scripts/build dev
	@scripts/run_tests dev $(if $(TESTS),--tests-regex '$(TESTS)')

.PHONY: scenarios
scenarios: ## Run the text scenarios; REWRITE=1 writes what came out into them (read the diff)
	@scripts/setup run test
	@scripts/need tests/scenarios/CMakeLists.txt "the text scenarios"
	@scripts/build dev tests/scenarios/all
	@build/dev/tests/scenarios/scenarios $(if $(REWRITE),--rewrite)

.PHONY: tsan clang
tsan: ## The tests under ThreadSanitizer
clang: ## The tests built by clang 19
tsan clang:
	@scripts/setup run test
	@scripts/build $@
	@scripts/run_tests $@ $(if $(TESTS),--tests-regex '$(TESTS)')

.PHONY: lint
lint: check ## The checks of the tree, each header on its own, clang-tidy; FILES=... for some files
	@scripts/setup run test
	@scripts/check_headers $(FILES)
	@scripts/tidy $(FILES)

.PHONY: check
check: ## The quick checks: layers, the map, words, format
	@scripts/check_layers
	@scripts/check_map
	@scripts/check_words
	@$(MAKE) format-check

.PHONY: format format-check
format: ## Bring the sources into the form of .clang-format
	@scripts/setup run test
	@scripts/format
format-check: ## Fail where `make format` would change something
	@scripts/format --check

##@ Figures: `figure NAME VALUE UNIT target T ok|short`, and success only if none is short

.PHONY: bench
bench: ## Measure speed against peers and the machine's own limits, in one run
	@scripts/setup run test bench
	@scripts/need bench/run "the benchmarks"
	@scripts/build bench
	@scripts/figures bench/run

.PHONY: forecast
forecast: ## How far forecasts of starts are off, on a recorded workload (WEIR_DATA names its folder)
	@scripts/setup run test
	@scripts/build bench weir
	@scripts/figures bench/forecast

.PHONY: tables
tables: ## Published figures of other schedulers, measured again, and Weir beside them (WEIR_DATA: traces)
	@scripts/setup run test
	@scripts/build bench tables
	@scripts/figures build/release/bench/tables --markdown build/tables.md --plots build/tables.html

.PHONY: flows
flows: ## What data, network and power are worth in a plan, on recorded series (WEIR_DATA: their folder)
	@scripts/setup run test
	@scripts/build bench flows
	@scripts/figures build/release/bench/flows --markdown build/flows.md --plots build/flows.html

.PHONY: flows-live
flows-live: ## Move 2 GiB between three sites on shaped links, cut and damaged on the way (6 minutes)
	@scripts/setup run test
	@scripts/build release weir-mover
	@scripts/figures bench/flows_live/run

.PHONY: bench-schedule
bench-schedule: ## Measure the scheduler at full size, beside Slurm, and the twin (WEIR_DATA: traces)
	@scripts/setup run test bench
	@scripts/need bench/schedule_run "the benchmarks of the scheduler"
	@scripts/build bench bench_schedule bench_deep_queue serve_load weir
	@scripts/figures bench/schedule_run

.PHONY: crash
crash: ## Kill the server at ROUNDS=200 random moments under load; nothing acknowledged is lost
	@scripts/setup run test
	@scripts/need tests/e2e/crash "the crash rounds"
	@scripts/build dev
	@WEIR_BUILD_DIR=$(CURDIR)/build/dev scripts/figures tests/e2e/crash --rounds $(ROUNDS)

.PHONY: chaos
chaos: ## ROUNDS=200 of faults between sites, drawn by SEED: nothing lost, nothing twice at once, nothing left
	@scripts/setup run test
	@scripts/build dev chaos_rounds weir weir-runner weir-mover
	@WEIR_BUILD_DIR=$(CURDIR)/build/dev scripts/figures tests/e2e/chaos --rounds $(ROUNDS) \
	  $(if $(SEED),--seed $(SEED))

.PHONY: bench-sites
bench-sites: ## What a site behind an agent costs: handing over to Slurm beside sbatch alone, and at rest
	@scripts/setup run test
	@scripts/build bench weir weir-runner
	@scripts/figures bench/sites/run

.PHONY: conformance
conformance: ## What every backend promises, held against this machine, a real Slurm, a stand-in of Kubernetes
	@scripts/setup run test
	@scripts/build dev test_conformance
	@build/dev/tests/test_conformance

.PHONY: world
world: ## Run SEEDS=10000 simulated worlds, full of faults, under the checkers
	@scripts/setup run test
	@scripts/need tests/world/CMakeLists.txt "the simulated world"
	@scripts/build bench tests/world/all
	@scripts/figures build/release/tests/world/world --seeds $(SEEDS)

.PHONY: fingerprint
fingerprint: ## A journal of LIVE=5000 real jobs replayed, scenarios and worlds in each of BUILDS: all alike
	@scripts/setup run test
	@scripts/need tests/e2e/live_journal "the live journal"
	@scripts/figures scripts/fingerprint --jobs $(LIVE) $(BUILDS)

.PHONY: fuzz
fuzz: ## Fuzz each reader of foreign bytes for SECONDS=300
	@scripts/setup run test
	@scripts/figures scripts/fuzz $(SECONDS)

.PHONY: smoke
smoke: ## Small settings of crash, fingerprint, world and fuzz, as `make test` runs them
	@$(MAKE) crash ROUNDS=5
	@$(MAKE) chaos ROUNDS=4
	@WEIR_BUILD_DIR=$(CURDIR)/build/dev tests/e2e/live_journal --jobs 300
	@scripts/figures build/dev/tests/world/world --seeds 200
	@$(MAKE) fuzz SECONDS=10
