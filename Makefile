# Builds, runs and checks Emitscope. `make` alone lists what it can do.
#
# Every target installs what it misses and says what for (build/need.sh), and
# does nothing that is done already.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

server    := build/bin/emitscope-server
app       := build/bin/emitscope
interface := frontend/dist/index.html
# npm writes this file last, so it stands for the whole of node_modules.
packages  := node_modules/.package-lock.json
# Folders too: a deleted file shows only in its folder's time.
sources   := $(wildcard frontend/*.html frontend/*.json frontend/*.ts frontend/*.js) \
             $(shell find frontend/src frontend/public ! -name '*.test.ts' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Linux names the version of WebKit it has; macOS wants a framework that Wails
# leaves to its own command, and Windows no console beside the window.
tags  := desktop,production
ifeq ($(OS),Windows_NT)
hidden := -H windowsgui
app := $(app).exe
else ifeq ($(shell uname -s),Darwin)
export CGO_LDFLAGS := -framework UniformTypeIdentifiers
else
tags := $(tags),webkit2_41
endif

.PHONY: run
run: ## build everything and open the window, or, where there can be none, the browser (ARGS="--help" shows its options)
	@build/run.sh $(app) $(server) $(ARGS)

.PHONY: app
app: $(interface) ## build build/bin/emitscope: the window with the hub inside
	@build/need.sh go desktop
	@go build -tags $(tags) -trimpath -buildvcs=false \
		-ldflags "-s -w $(hidden) -X main.version=$$(build/version.sh)" -o $(app) .

.PHONY: server
server: $(interface) ## build build/bin/emitscope-server: the hub and its interface in one static file
	@build/need.sh go
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags "-s -w -X main.version=$$(build/version.sh)" -o $(server) .

.PHONY: packages
packages: ## make what people install, into build/dist: packages for Linux, check sums, lists of what is in them
	@build/packages.sh

.PHONY: interface
interface: $(interface) ## build the interface into frontend/dist

.PHONY: dev
dev: frontend/$(packages) ## run hub and interface from source, each starting again when its files change
	@build/need.sh go
	@build/dev.sh $(ARGS)

.PHONY: generate
generate: ## write the interface's types (frontend/src/lib/wire) from backend/door/wire
	@build/generate.sh

.PHONY: test
test: ## check everything; about half an hour on two cores
	@build/check.sh

.PHONY: lint
lint: ## check only how the code looks
	@build/check.sh format vet types lint

.PHONY: fuzz
fuzz: ## search for inputs that break what reads untrusted bytes, 30 s for each target (FUZZTIME=5m: longer)
	@build/need.sh go
	@build/fuzz.sh $${FUZZTIME:-30s}

.PHONY: bench
bench: server bench/node/$(packages) ## compare with other servers, five times over: 50 minutes on a quiet machine (BENCH_RUNS=1: 13; docs/benchmarks.md has more)
	@build/need.sh go
	@build/need.sh flask || echo "Flask-SocketIO is left out."
	@go -C bench build -trimpath -buildvcs=false -o ../build/bin/emitscope-bench .
	@build/bin/emitscope-bench

.PHONY: bench-window
bench-window: server ## measure a steady job, what the page costs, and the window's start, memory and delay (three minutes, on a quiet machine)
	@build/need.sh go python browser desktop display
	@go test ./interop -run '^$$' -bench . -benchtime 1x
	@cd frontend && EMITSCOPE_LOAD=$${SECONDS_EACH:-30} npm run --silent e2e load
	@build/display.sh go test ./interop/window -run '^$$' -bench . -benchtime 1x

.PHONY: soak
soak: ## hold on for two and a half hours: clients come, go, stall and talk nonsense, recordings are killed, and nothing is lost, left or grows
	@build/need.sh go
	@go test -tags soak -run Soak -count=1 -timeout 60m -v ./backend/door/...
	@EMITSCOPE_CRASHES=20 go test -run Killed -count=1 -timeout 60m -v ./backend/scope/tape
	@EMITSCOPE_SOAK=1h EMITSCOPE_MUTATE=1h go test -run 'TestSoak|TestNothingThatStrangers' -count=1 -timeout 150m -v ./interop

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf build/bin build/dist .cache frontend/node_modules examples/node/node_modules interop/node/node_modules bench/node/node_modules
	find frontend/dist -mindepth 1 ! -name .gitkeep -delete

$(interface): $(sources) frontend/$(packages)
	@build/need.sh node
	cd frontend && npm run --silent build

%/$(packages): %/package-lock.json
	@build/need.sh node
	cd $* && npm ci --no-audit --no-fund
	@touch $@
