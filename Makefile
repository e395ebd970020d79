# One command each: `make demo`, `make test`. Needs node, go and make; everything else is installed here.
# Steps are incremental: a stamp or an output is newer than what it was made from.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# One setting for build, vet and test: with cgo everything would compile a second time.
export CGO_ENABLED := 0
# The module cache's toolchain is never switched behind our back.
export GOTOOLCHAIN := local
export GOFLAGS := -buildvcs=false -mod=readonly

VERSION := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
GO_SOURCES := $(shell find chain -name '*.go' -not -name '*_test.go' 2>/dev/null)
TS_DIRS := $(wildcard src worker validator indexer graphql cli devnet migrations bench certify test)
TS_SOURCES := $(shell find $(TS_DIRS) \( -name '*.ts' -o -name '*.tsx' \) 2>/dev/null)
say = @scripts/say.sh

# Every native fuzz target of chain/, each as long as FUZZTIME; only=FuzzJudge runs one. What fails is kept in testdata/fuzz.
FUZZTIME ?= 30s

.PHONY: help build demo fuzz test lint generate generated clean tools go-build ts-build test-go test-ts test-e2e test-demo

help: ## what this Makefile can do
	@echo "make demo      installs, builds and runs the whole story on a real local network (KEEP=1 leaves it up)"
	@echo "make test      installs, builds and runs every test"
	@echo "make build     builds the chain (build/assayd) and the tooling (dist/)"
	@echo "make fuzz      runs every fuzz target of the chain, FUZZTIME (30s) each; only=FuzzJudge runs one"
	@echo "make lint      Go vet, consensus lint, TypeScript lint"
	@echo "make generate  writes Go and TypeScript from proto/"
	@echo "make clean     removes what was built (not what was downloaded)"

tools: ## a missing or old tool is said in one sentence
	@scripts/check-tools.sh

build/.npm: package.json package-lock.json .npmrc | tools
	$(say) "installing npm packages (about 700 MB)"
	@mkdir -p build
	@npm ci --no-fund --no-audit --loglevel=error
	@touch $@

build/.gomod: chain/go.mod chain/go.sum | tools
	$(say) "fetching Go modules (about 1.4 GB the first time)"
	@mkdir -p build
	@scripts/beat.sh "fetching Go modules" bash -c 'cd chain && go mod download'
	@touch $@

build/assayd: $(GO_SOURCES) build/.gomod
	$(say) "building assayd (about 4 minutes the first time, seconds later)"
	@scripts/beat.sh "building assayd" bash -c 'cd chain && go build -ldflags="-s -w -X github.com/cosmos/cosmos-sdk/version.Name=assay -X github.com/cosmos/cosmos-sdk/version.AppName=assayd -X github.com/cosmos/cosmos-sdk/version.Version=$(VERSION)" -o ../build/assayd ./cmd/assayd'
	@touch $@

dist/.stamp: $(TS_SOURCES) tsconfig.json build/.npm
	$(say) "compiling TypeScript"
	@node_modules/.bin/tsc -b
	@scripts/prune-dist.sh
	@touch $@

go-build: $(if $(wildcard chain/cmd/assayd),build/assayd,build/.gomod)
ts-build: dist/.stamp
build: go-build ts-build ## build/assayd and dist/
	$(say) "built"

demo: build ## the whole story on a real local network
	@node dist/devnet/demo.js

lint: build/.npm build/.gomod ## Go vet, consensus lint, TypeScript lint
	$(say) "linting"
	@scripts/lint.sh

test-go: build/.gomod
	$(say) "Go tests"
	@cd chain && go test -p 2 -timeout 20m ./...

test-ts: build
	$(say) "TypeScript tests"
	@scripts/test-ts.sh

test-e2e: build
	@if [ -f dist/test/e2e/main.js ]; then scripts/say.sh "end-to-end test on a real network"; node dist/test/e2e/main.js; fi

test-demo: build
	@if [ -f dist/devnet/demo.js ]; then scripts/test-demo.sh; fi

test: ## every check and every test
	@$(MAKE) lint
	@$(MAKE) test-go
	@$(MAKE) test-ts
	@$(MAKE) test-e2e
	@$(MAKE) test-demo
	$(say) "every test passed"

fuzz: build/.gomod ## every fuzz target of the chain
	@cd chain && grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z]*' . | sed 's|/[^/]*:func | |' | sort | while read -r package target; do \
	  [ -z "$(only)" ] || [ "$(only)" = "$$target" ] || continue; \
	  ../scripts/say.sh "$$target of chain/$${package#./}, $(FUZZTIME)"; \
	  go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$package" </dev/null; done

generate: build/.npm build/.gomod ## Go and TypeScript from proto/
	@scripts/generate.sh

generated: ## stale generated code is an error
	@scripts/check-generated.sh

clean: ## removes what was built
	rm -rf build dist .demo .gen coverage
