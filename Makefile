# `make demo` shows the platform, `make test` proves it. Everything else serves these two.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PAGES := src/fanzha/faces/common/static/manifest.json
NPROC := $(shell nproc 2>/dev/null || echo 2)

.PHONY: demo test check build format lock clean help browser kernels models

help:            ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo:            ## Simulate a city, run the pipeline, serve on http://127.0.0.1:8000
	@$(MAKE) --no-print-directory -j2 build .make/first-page
	@$(BIN)/fanzha demo

test: build kernels models browser check   ## Static checks and the whole test suite
	$(BIN)/pytest -n $(NPROC) --dist loadscope --no-loadscope-reorder

check: .make/venv       ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports

build: .make/venv $(PAGES)   ## Dependencies, pages, maps and regions

format: .make/venv      ## Format the code
	$(BIN)/ruff check --fix src tests

lock: .make/venv        ## Renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.lock

browser: .make/venv
	@scripts/ensure-browser

kernels: .make/kernels

models: .make/models    ## Train the shipped models in a simulated city

clean:           ## Remove what was built (never the data)
	rm -rf .venv .make src/fanzha/desks/models/built frontend/node_modules src/fanzha/faces/common/static src/fanzha/vocab/data/*.json.gz

.make/venv: requirements.lock pyproject.toml
	@scripts/ensure-venv "$(PYTHON)"
	@mkdir -p .make && touch $@

.make/kernels: .make/venv $(shell find src/fanzha/engine src/fanzha/lake -name '*.py')
	@echo "· compiling kernels"
	@$(BIN)/python -m fanzha.engine.warm
	@$(BIN)/python -m fanzha.lake.warm
	@touch $@

.make/first-page: .make/venv $(shell find src/fanzha/engine src/fanzha/lake -name '*.py')
	@$(BIN)/python -m fanzha.engine.warm first-page
	@$(BIN)/python -m fanzha.lake.warm
	@touch $@

.make/models: .make/kernels $(shell find src/fanzha/simulator src/fanzha/desks/intake src/fanzha/desks/detection -name '*.py' -o -name '*.yaml')
	@echo "· training the shipped models"
	@$(BIN)/fanzha --quiet models ship >/dev/null
	@touch $@

$(PAGES): .make/venv $(shell find frontend -path frontend/node_modules -prune -o -type f -print) src/fanzha/faces/common/assets.py
	@scripts/build-pages
