# Restante. `make` lists the targets; `make demo` and `make test` are all that a newcomer needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo check test crash bench bench-smoke standards clean

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

test: build check ## every test; installs tshark where it may
	@bash scripts/ensure-tshark.sh
	npx vitest run

crash: build ## kill -9 under load: make crash CYCLES=1000 SEED=1
	CRASH_CYCLES=$(or $(CYCLES),200) CRASH_SEED=$(or $(SEED),1) npx vitest run test/fault/crash.test.ts

bench-smoke: build ## every bench at its smallest scale
	npx tsc -p tsconfig.bench.json
	node build/bench/run.js --scale smoke

bench: build ## first figures: deliveries, cycles, lists; prints a table
	npx tsc -p tsconfig.bench.json
	node build/bench/run.js --scale full

standards: ## fill docs/standards.tsv from the sources named in src
	node scripts/standards.mjs

clean: ## remove what can be made again
	rm -rf dist build node_modules bench/out
