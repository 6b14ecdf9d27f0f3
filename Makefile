# Two commands: `make run` and `make test`. `make help` lists the others.
PORT ?= 8000
BIND ?= 127.0.0.1
PACK ?= areas/data/west_midlands
PYTHON ?= python3
ENV_FILE ?= .env
export ENV_FILE

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --retries 5 --timeout 60 install --require-hashes
# For tools that read the settings but need no secret of this machine.
PLAIN := ENV_FILE= SECRET_KEY=plain FIELD_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= DATABASE_URL=sqlite://:memory: BASE_URL=http://localhost

# Where the machine has no npm, the one from requirements-node.txt is put into the virtual environment.
ifeq ($(shell command -v npm),)
NODE := .venv/node
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm
else
NODE :=
NPM := npm
endif

SCSS := $(shell find static/scss)
STATIC := $(shell find static -path 'static/build*' -prune -o -print)

CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po areas/data/*/locale/*/LC_MESSAGES/*.po)

.PHONY: help run prepare build test check lint types format bench data messages statement lock clean
.DELETE_ON_ERROR:

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

# ---- run -------------------------------------------------------------------------------------------------------------
# The recipe is one plain command without shell syntax: make then starts it directly and passes TERM on to it.
run: prepare ## set up what is missing and serve the portal on PORT (default 8000)
	@$(BIN)/python manage.py serve --port $(PORT) --bind $(BIND) $(if $(BASE_URL),--base-url $(BASE_URL))

prepare: .venv/runtime var/messages.stamp var/static.stamp $(ENV_FILE) ## set up what is missing, serve nothing
	@$(MANAGE) prepare --pack $(PACK)

build: static/build/portal.css ## compile the front end

.venv/runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The portal needs Python 3.11 or newer: make run PYTHON=/path/to/it")'
	@echo "Installing what the portal runs on into .venv ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	@echo "Installing what tests and checks need into .venv ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

.venv/node: requirements-node.txt | .venv/runtime
	@echo "This machine has no npm: installing one into .venv ..."
	@$(PIP) -r requirements-node.txt
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc $(NODE)
	@$(NPM) ci --include=dev --ignore-scripts --no-progress --loglevel=error --fetch-retries=5
	@touch $@

static/build/portal.css: node_modules/.stamp deploy/build.js $(SCSS)
	@$(NPM) run --silent build

# Hashed and compressed copies. Old ones stay: a page that somebody has open still finds its stylesheet. Left out is what no
# page uses: our sources, a second schema page, and the looks of an API browser that is off.
var/static.stamp: .venv/runtime static/build/portal.css $(STATIC) | $(ENV_FILE)
	@mkdir -p var
	@DEBUG=False PLAIN_STATIC=False $(MANAGE) collectstatic --noinput --verbosity 0 -i scss -i redoc -i rest_framework
	@touch $@

var/messages.stamp: .venv/runtime $(CATALOGUES)
	@mkdir -p var
	@$(PLAIN) $(MANAGE) messages --compile-only
	@touch $@

ifneq ($(ENV_FILE),)
$(ENV_FILE): | .venv/runtime
	@$(BIN)/python deploy/write_env.py $@ $(PORT)
endif

# ---- test and check --------------------------------------------------------------------------------------------------
test: .venv/dev static/build/portal.css var/messages.stamp ## run every test: on SQLite, on PostgreSQL, in Chromium
	@deploy/test

check: .venv/dev var/messages.stamp lint ## lint, and the tests of every rule but not of whole pages, in under a minute
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/browser -m "not slow and not pages" --no-migrations

lint: .venv/dev ## ruff: style, likely mistakes, format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/dev ## mypy
	@$(PLAIN) $(BIN)/mypy .

format: .venv/dev ## let ruff put imports and layout right
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

bench: .venv/dev var/static.stamp ## measure; prints one line of JSON a figure (BENCH=--quick: a glance)
	@$(BIN)/python benchmarks/bench.py $(BENCH)
	@$(BIN)/python benchmarks/busy.py $(BENCH)

# ---- data and upkeep -------------------------------------------------------------------------------------------------
data: prepare ## fetch postcodes and ward boundaries from the official sources, then load them
	@$(MANAGE) fetch_data
	@$(MANAGE) prepare --pack $(PACK)

statement: .venv/dev static/build/portal.css var/messages.stamp ## check the public pages for accessibility (minutes), and say on /accessibility/ what was found
	@$(BIN)/python -m pytest -q tests/browser/test_every_page.py tests/browser/test_pages.py -k "clean and javascript"
	@cp var/accessibility.json policing_portal/accessibility.json

messages: .venv/runtime ## collect what the public reads into the catalogues of translations, and compile them
	@$(PLAIN) $(MANAGE) messages

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links
lock: .venv/dev ## pin requirements*.txt anew from requirements*.in
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt
	@$(LOCK) requirements-node.in -o requirements-node.txt

clean: ## remove what was built; .env and the data in var/ stay
	rm -rf .venv node_modules static/build var/static var/static.stamp .pytest_cache .mypy_cache .ruff_cache .hypothesis
