# Restante. `make` lists the targets; `make demo` and `make test` are all that a newcomer needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo check test crash fuzz model bench bench-build bench-smoke bench-full bench-micro bench-compare \
  attributes standards clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

node_modules/.package-lock.json: package.json package-lock.json
	npm install --no-audit --no-fund --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json ## install what the lock file says

build: setup ## compile src to dist
	@rm -rf dist
	npm run --silent build

demo: build ## the main job, start to end: deliver, collect, restart, compare
	node dist/main.js demo

check: setup ## formatter, linter, types
	npx biome check .
	npm run --silent typecheck

test: build check ## every test; installs tshark and strace where it may
	@bash scripts/ensure-tools.sh tshark strace
	npx vitest run

crash: build ## kills, cuts, failing calls: make crash CYCLES=1000 STATES=10000 SEED=1
	CRASH_CYCLES=$(or $(CYCLES),200) CRASH_STATES=$(or $(STATES),5000) CRASH_SEED=$(or $(SEED),1) \
	CRASH_DELIVERIES=$(or $(DELIVERIES),4000) npx vitest run test/fault

model: build ## the store against a model of X.413, twenty minutes: make model STEPS=100000 SEED=1
	MODEL_STEPS=$(or $(STEPS),100000) MODEL_SEED=$(or $(SEED),1) npx vitest run test/model

fuzz: build ## a shard under mutated arguments: make fuzz COUNT=1000000 SEED=1
	FUZZ_COUNT=$(or $(COUNT),1000000) FUZZ_SEED=$(or $(SEED),1) npx vitest run test/fuzz

bench-build: build
	npx tsc -p tsconfig.bench.json

bench-smoke: bench-build ## every bench at its smallest scale
	node build/bench/run.js --scale smoke
	node build/bench/micro.js --scale smoke

bench: bench-build ## all load benches, a quarter of an hour: make bench ONLY=delivery.10k.64,cycle.10k.32
	node build/bench/run.js --scale full --only "$(ONLY)"

bench-full: bench-build ## the same in their longest forms
	node build/bench/run.js --scale longest --only "$(ONLY)"

bench-micro: bench-build ## single functions
	node build/bench/micro.js --scale full --only "$(ONLY)"

bench-compare: bench-build ## two versions take turns: make bench-compare A=main B=. ONLY=cycle.10k.32
	node build/bench/compare.js "$(A)" "$(B)" --only "$(ONLY)" --rounds $(or $(ROUNDS),3)

attributes: build ## write docs/attributes.md out of the attribute table
	node scripts/attributes.mjs
	npx biome format --write docs/attributes.md

standards: ## fill docs/standards.tsv from the sources named in src
	node scripts/standards.mjs

clean: ## remove what can be made again
	rm -rf dist build node_modules bench/out
