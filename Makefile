# One-word verbs. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
# Options of the tool that a target ends in: make test ARGS="-k receipt -x"
ARGS ?=
# How many inputs each fuzz target gets: make fuzz RUNS=1000000
RUNS ?= 20000
# make lock UPGRADE=--upgrade takes the newest releases; without it pins stay unless a requirement changed.
UPGRADE ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

INSTALL := -m pip install --quiet --require-hashes --prefer-binary
# What a file declares is installed from the lock; then the package itself, without looking for anything else.
INSTALL_SELF := -m pip install --quiet --no-deps --no-build-isolation --editable .

# A process of tests for each core, each taking file after file, those that last first; ARGS="-n0 --pdb" goes back to one.
SIDE_BY_SIDE := -n auto --dist loadfile --no-loadscope-reorder

CHROMIUM := .ci/debian chromium chromium 'the pages of the console are shown in it'
INTEROP := $(if $(wildcard requirements/interop.lock),.venv-interop/.stamp) .node-interop/.stamp

.PHONY: help run test check format docs bench fuzz setup lock clean screenshots pictures

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: export ANGARIUM_DATA_DIR ?= var/demo
run: .venv/.stamp-runtime ## start the demo: gateway, simulated carrier and handsets; Ctrl-C stops it
	@exec $(BIN)/angarium run --demo $(ARGS)

test: setup check ## set up what the tests need, check, run all tests (ARGS="-k word")
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: .venv/.stamp-dev ## format, lint, types, import contracts, rules of the house: seconds
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest --quiet --no-header tests/house

format: .venv/.stamp-dev ## write the source in the one format, mend what the linter can, and the generated pages
	@$(BIN)/ruff format .
	@$(BIN)/python -m docs._generate
	@$(BIN)/ruff check --fix .

docs: .venv/.stamp-dev ## build the documentation site into build/docs
	@$(BIN)/python -m docs._generate
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo 'Open build/docs/index.html'

bench: .venv/.stamp-dev ## measure throughput, CPU and latency end to end (ARGS="--help")
	@$(BIN)/python -m bench $(ARGS)

screenshots: .venv/.stamp-dev ## a picture of every page of the console, in build/screenshots
	@$(CHROMIUM)
	@$(BIN)/python -m tests.browser.gallery build/screenshots
	@echo 'Look into build/screenshots'

pictures: .venv/.stamp-dev ## draw the README's pictures of the console anew, into docs/pictures
	@$(BIN)/python -m tests.pictures docs/pictures

fuzz: .venv/.stamp-dev ## feed the readers of foreign bytes with nonsense (RUNS=20000)
	@for target in fuzz/fuzz_*.py; do echo "$$target"; $(BIN)/python "$$target" --runs $(RUNS); done

setup: .venv/.stamp-dev $(INTEROP) ## the environments and Debian packages that the tests need
	@.ci/debian tshark tshark 'its SMPP dissector judges our PDUs'
	@$(CHROMIUM)

lock: .venv-lock/.stamp ## pin every dependency with its hashes (UPGRADE=--upgrade for newer ones)
	@compile() { .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(UPGRADE) "$$@"; }; \
	compile pyproject.toml requirements/build.in -o requirements/runtime.lock; \
	compile pyproject.toml requirements/build.in requirements/dev.in -c requirements/runtime.lock -o requirements/dev.lock; \
	compile requirements/interop-build.in -o requirements/interop-build.lock; \
	compile requirements/interop.in -o requirements/interop.lock; \
	compile requirements/lock.in -o requirements/lock.lock
	@cd requirements/node && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --silent

clean: ## remove environments and caches; data under var/ stays
	@rm -rf .venv .venv-interop .node-interop .venv-lock .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find src tests bench fuzz interop -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# --- stamps: a second make finds everything done --------------------------------------------------------------------------

.venv/.stamp-runtime: requirements/runtime.lock pyproject.toml
	@.ci/venv .venv
	@echo 'Installing what Angarium needs to run.' >&2
	@$(BIN)/python $(INSTALL) -r requirements/runtime.lock
	@$(BIN)/python $(INSTALL_SELF)
	@touch $@

# dev.lock holds all of runtime.lock, so this stamp stands for both.
.venv/.stamp-dev: requirements/dev.lock requirements/runtime.lock pyproject.toml
	@.ci/venv .venv
	@echo 'Installing what Angarium needs to run and to be tested.' >&2
	@$(BIN)/python $(INSTALL) -r requirements/dev.lock
	@$(BIN)/python $(INSTALL_SELF)
	@touch .venv/.stamp-runtime $@

# Programs of others come as source archives; what builds them is pinned as well, hence two steps.
.venv-interop/.stamp: requirements/interop.lock requirements/interop-build.lock
	@.ci/venv .venv-interop
	@echo 'Installing the programs of others that the tests run.' >&2
	@.venv-interop/bin/python $(INSTALL) -r requirements/interop-build.lock
	@.venv-interop/bin/python $(INSTALL) --no-build-isolation -r requirements/interop.lock
	@touch $@

# The lock names no registry: npm asks the one that it is set up for, and checks what it gets against the lock's hashes.
.node-interop/.stamp: requirements/node/package.json requirements/node/package-lock.json
	@.ci/debian node nodejs 'an SMSC that judges our client runs on it'
	@.ci/debian npm npm 'it installs that SMSC'
	@echo 'Installing the programs of others that the tests run on Node.' >&2
	@mkdir -p .node-interop
	@cp requirements/node/package.json requirements/node/package-lock.json .node-interop/
	@cd .node-interop && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

.venv-lock/.stamp: requirements/lock.lock
	@.ci/venv .venv-lock
	@.venv-lock/bin/python $(INSTALL) -r requirements/lock.lock
	@touch $@
