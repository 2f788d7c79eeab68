# Variables can be set on the command line: make serve PORT=9000 INPUT=../logs
# With an INPUT, serve builds from it first (at once, if that build is current); without, it serves what is in OUT.
ifdef INPUT
SERVED = pipeline
else
SERVED = $(BUILT)
endif
INPUT ?= sample
OUT ?= artifacts
# A path may have spaces; in the name of a target they are escaped.
SPACE := $(subst ,, )
BUILT = $(subst $(SPACE),\ ,$(OUT))/manifest.json
IS_BUILT := $(shell test -e "$(OUT)/manifest.json" && echo yes)
PORT ?= 8080
SCALE ?= 1
LIVE ?= live
RATE ?= 100
# make live KAFKA=1: events go through a broker of Kafka, which needs Java 17 and Maven.
KAFKA ?=
LIVE_PROGRAM = $(if $(KAFKA),node --import tsx scripts/live-kafka.ts,node bin/banner-pools.mjs live)
# More flags for the commands: make serve BUILD_FLAGS="--seed 7" SERVE_FLAGS="--images ../pictures"
BUILD_FLAGS ?=
SERVE_FLAGS ?=
TEST_FLAGS ?=
LOAD_FLAGS ?=
BENCH_FLAGS ?=
HOURS ?= 1
SOAK ?= soak
SOAK_FLAGS ?=
# Written into docs/load-test.md and docs/benchmarks.md
DATE ?= $(shell date -u +%F)

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Quiet, unless it fails.
node_modules: package.json package-lock.json
	@echo 'installing what package-lock.json names'
	@npm ci --silent || npm ci
	@touch node_modules

sample/4/conversions_4.csv: | node_modules
	npm run -s pools -- sample --out sample --scale $(SCALE)

# The sample is made only where INPUT is the sample.
ifeq ($(INPUT),sample)
INPUT_FILES := sample/4/conversions_4.csv
endif

$(BUILT): | node_modules $(if $(IS_BUILT),,$(INPUT_FILES))
	npm run -s pools -- build --input "$(INPUT)" --out "$(OUT)" $(BUILD_FLAGS)

.PHONY: pipeline
pipeline: node_modules $(INPUT_FILES) ## Build the pools from INPUT (default: sample logs) into OUT
	npm run -s pools -- build --input "$(INPUT)" --out "$(OUT)" $(BUILD_FLAGS)

.PHONY: serve
serve: node_modules $(SERVED) ## Serve OUT on PORT; installs, samples and builds what is missing
	@exec scripts/foreground.sh node bin/serve.mjs --artifacts "$(OUT)" --port $(PORT) $(SERVE_FLAGS)

.PHONY: live
live: node_modules ## Sample logs that grow, a follower and a server, in LIVE; RATE lines a second, Ctrl-C stops all
	@exec scripts/foreground.sh $(LIVE_PROGRAM) "$(LIVE)" --rate $(RATE) --port $(PORT) $(SERVE_FLAGS)

.PHONY: test
test: node_modules ## Run the tests: no network, no browser, no real data
	npm test -- $(TEST_FLAGS)

.PHONY: check
check: node_modules ## Check types, lint, format, import boundaries and unused exports
	npm run -s check

.PHONY: sample
sample: node_modules ## Make sample logs of SCALE in sample/
	npm run -s pools -- sample --out sample --scale $(SCALE)

.PHONY: lambda
lambda: node_modules $(BUILT) ## Pack handler and pools of OUT for AWS Lambda into dist/lambda.zip
	npx tsx deploy/lambda/lambda.ts --artifacts "$(OUT)"

.PHONY: bench
bench: node_modules ## Measure the build beside its floor and the alternatives; writes docs/benchmarks.md
	npm run -s bench -- --date $(DATE) $(BENCH_FLAGS)

.PHONY: load-test
load-test: node_modules ## Load a server on this machine at constant rates; writes docs/load-test.md
	npx tsx bench/load/load-test.ts --date $(DATE) $(LOAD_FLAGS)

.PHONY: soak
soak: node_modules ## Run all programs for HOURS under load and faults, in SOAK; writes docs/load-test.md
	npx tsx bench/soak/soak.ts --hours $(HOURS) --folder "$(SOAK)" --date $(DATE) $(SOAK_FLAGS)

.PHONY: clean
clean: ## Remove the samples, the artifacts, dist/ and the installation
	rm -rf sample live dist node_modules
	find "$(OUT)" -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
