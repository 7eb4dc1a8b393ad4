# Two commands do all the set-up: make run, and make test.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build assets test lint bench cover fuzz screenshots generate clean

DATA ?= data
LISTEN ?= 127.0.0.1:8080
SYNTHEA ?= $(or $(BEVAN_SUITES),../shared/suites)/synthea-r4
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build Bevan and start it on SQLite with a made-up region of people
	@scripts/run bin/bevan "$(DATA)" "$(LISTEN)"

build: assets ## one static program, bin/bevan
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags "-X $$(go list -m)/internal/app.version=$(VERSION)" -o bin/bevan ./cmd/bevan

assets: ## what the pages are dressed with, from npm
	@scripts/assets

test: assets ## every test, on SQLite and PostgreSQL
	scripts/postgres scripts/test

lint: ## gofmt, go vet, staticcheck, known holes in dependencies
	scripts/lint

bench: build ## how fast it is here, as a table; BENCH="--full" and the like go to bevan bench
	scripts/postgres bin/bevan bench $(if $(wildcard $(SYNTHEA)),--synthea "$(SYNTHEA)") $(BENCH)

cover: ## which lines the tests reach, as coverage.html
	scripts/postgres go test -timeout 30m -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -html=cover.out -o coverage.html
	go tool cover -func=cover.out | tail -1

fuzz: ## every fuzzer for ten seconds
	scripts/fuzz 10

screenshots: assets ## pictures of the main pages in docs/screenshots, of the example family
	@mkdir -p docs/screenshots
	BEVAN_SCREENSHOTS="$(CURDIR)/docs/screenshots" go test ./internal/portal -run '^TestScreenshots$$' -count=1

generate: ## write the generated tables again
	go generate ./...

clean: ## remove what building left; data stays
	rm -rf bin cover.out coverage.html internal/portal/assets/node_modules internal/portal/dist/bevan.css
