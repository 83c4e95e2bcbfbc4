# Everything a developer types. `make` lists it; each target installs first what it needs (`setup`), once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

# A distribution is a folder with a pyproject.toml: no list to keep, so adding or deleting a service needs no edit here.
PROJECTS := $(wildcard shared/pyproject.toml gateway/pyproject.toml interlinkers/*/pyproject.toml)
DISTRIBUTIONS := $(PROJECTS:/pyproject.toml=)
SERVICES := $(filter-out shared,$(DISTRIBUTIONS))
SOURCES := $(wildcard $(addsuffix /src,$(DISTRIBUTIONS)))
TESTS := $(foreach folder,$(wildcard $(addsuffix /tests,$(DISTRIBUTIONS)) tests),$(if $(shell find $(folder) -name '*.py'),$(folder)))
empty :=
space := $(empty) $(empty)
export MYPYPATH := $(subst $(space),:,$(SOURCES))

# The stamp keeps the list it was made for: another list (a folder came or went) makes it out of date.
STAMP := .venv/distributions
ifneq ($(strip $(shell cat $(STAMP) 2>/dev/null)),$(strip $(DISTRIBUTIONS)))
.PHONY: $(STAMP)
endif

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set up ----------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(STAMP) ## install everything into .venv (again only when something changed)

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: PYTHON=python3.12 make $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

.venv/locked: requirements.lock | .venv/pyvenv.cfg
	@echo "installing the locked dependencies ..."
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements.lock
	@touch $@

$(STAMP): .venv/locked $(PROJECTS)
	@echo "installing $(DISTRIBUTIONS) ..."
	@$(BIN)/python -m deploy.dev.install $(DISTRIBUTIONS)
	@echo "$(DISTRIBUTIONS)" > $@

.PHONY: lock
lock: | .venv/locked ## resolve requirements.in again into requirements.lock (UPGRADE=1: to the newest versions)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url \
		$(if $(UPGRADE),--upgrade) -o requirements.lock requirements.in

.PHONY: notice
notice: setup ## write NOTICE: each run-time dependency with its licence; fails on one that Apache-2.0 cannot carry
	@$(BIN)/python -m deploy.dev.notice > NOTICE

# --- write and check -------------------------------------------------------------------------------------------------

.PHONY: fmt
fmt: setup ## format, and mend what the linter can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix-only .

.PHONY: lint
lint: setup ## ruff (all rules, reasons in pyproject.toml) and mypy --strict over sources and tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(SOURCES) $(TESTS) deploy

.PHONY: test
test: setup ## all tests but those with a browser and those over ten seconds (ARGS= for pytest)
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not browser and not slow" $(ARGS)

.PHONY: test-postgresql
test-postgresql: setup ## the services' tests with their data in PostgreSQL instead of SQLite
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not browser and not slow and not e2e and not sqlite" --database postgresql \
		$(or $(ARGS),shared/tests interlinkers gateway)

.PHONY: e2e
e2e: setup ## the tests in a real Chromium: accessibility of every page; says so where there is none
	@if command -v chromium >/dev/null; then $(BIN)/pytest -q -m "browser and not slow" $(ARGS); \
	elif [ -n "$${CI:-}" ]; then echo "e2e: no chromium, and CI must have one (.ci/run installs it)" >&2; exit 1; \
	else echo "e2e: NOT RUN, there is no chromium here (apt install chromium)"; fi

.PHONY: oracle
oracle: setup var/oracle/installed ## fetch what tests compare with: survey-core, the CommonMark specification (by npm), pabutools; what needs them skips without
	@$(BIN)/python -m deploy.dev.oracle

# pabutools is under the GPL, so apart from everything of ours: tests ask it over a pipe.
var/oracle/installed: deploy/dev/oracle.txt | .venv/pyvenv.cfg
	@$(PYTHON) -m venv --clear var/oracle
	@var/oracle/bin/python -m pip --disable-pip-version-check install --quiet -r deploy/dev/oracle.txt
	@touch $@

.PHONY: contracts
contracts: setup ## write each service's contract/openapi.json and asyncapi.json again
	@$(BIN)/python -m deploy.dev.contracts write $(SERVICES)

.PHONY: check
check: setup ## what CI runs: lint, contracts not stale, all tests, the browser
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m deploy.dev.contracts check $(SERVICES)
	@$(BIN)/python -m deploy.dev.notice | diff -u NOTICE - || { echo "NOTICE is stale: make notice" >&2; exit 1; }
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory e2e

.PHONY: isolated
isolated: setup ## each distribution's tests in a clean environment with shared and itself only (ONLY=interlinkers/forum)
	@$(BIN)/python -m deploy.dev.isolated $(or $(ONLY),$(DISTRIBUTIONS))

.PHONY: faults
faults: setup ## kill, stop, fill and disturb everything, and see nothing lost (ARGS="--only crashes"): var/results/faults.json
	@$(BIN)/python -m tests.faults $(ARGS)

.PHONY: security
security: setup ## try every attack in full, and see none succeed (ARGS="--only matrix"): var/results/security.json
	@$(BIN)/python -m tests.security $(ARGS)

.PHONY: bench
bench: setup ## measure beside a bare server; table and var/results/bench.json (ARGS="--only read,write --seconds 3")
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: compose-test
compose-test: ## build the images, start docker-compose.yml, play the demo through it, take it down (needs an engine)
	@bash deploy/compose-test.sh

# --- run -------------------------------------------------------------------------------------------------------------

.PHONY: up
up: setup ## nats-server and all services, until Ctrl-C (PORT_BASE=18100 moves the ports)
	@$(BIN)/interlinkers up $(ARGS)

.PHONY: nats-keys
nats-keys: setup ## make the NATS keys of containers or other machines: nats-keys/ (again after an update; `make up` has its own)
	@$(BIN)/interlinkers nats-keys $(ARGS)

.PHONY: join-tokens
join-tokens: setup ## what services need to join a family elsewhere, a variable a line: for .env, or a secret of Kubernetes
	@$(BIN)/interlinkers join-tokens $(ARGS)

.PHONY: demo
demo: setup ## play a whole process with simulated citizens, and stay up to look at (ARGS=--exit ends instead)
	@$(BIN)/python -m deploy.demo.play $(ARGS)

.PHONY: conformance
conformance: setup ## check a running service against the Interlinker contract: make conformance url=http://...
	@$(BIN)/interlinkers verify $(ARGS) "$(or $(url),$(error say which: make conformance url=http://127.0.0.1:8002))"

# --- find and add ----------------------------------------------------------------------------------------------------

.PHONY: new
new: ## a new Interlinker from the template: make new name=petition
	@$(PYTHON) deploy/dev/scaffold.py "$(or $(name),$(error say which: make new name=petition))"
	@$(MAKE) --no-print-directory setup
	@$(BIN)/ruff check --quiet --fix-only interlinkers/$(name) # a new name sorts elsewhere among the imports
	@$(BIN)/ruff format --quiet interlinkers/$(name)
	@$(BIN)/python -m deploy.dev.contracts write interlinkers/$(name)

.PHONY: where
where: setup ## which lines answer an address: make where url=/i/forum/boards
	@$(BIN)/python -m deploy.dev.where "$(or $(url),$(error say which: make where url=/i/forum/boards))"

.PHONY: clean
clean: ## remove .venv, caches and var/ (with the data that `make up` and `make demo` keep there)
	@rm -rf .venv var build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
