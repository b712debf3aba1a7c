# Everything that is done with this project by hand. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Without bytecode on disk every process that a test or the desk starts compiles the whole code again: 2 s each.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/runtime.stamp
DEV := $(VENV)/dev.stamp
# Nothing is resolved: the lock names every package, so that no newer release elsewhere can break an install. What is
# imported is compiled then: all of it would take pip as long again.
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes
CHECK_INSTALLED := $(PY) -m pip --disable-pip-version-check check | { grep -v '^No broken requirements found' || true; }
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header
# The maths: `make check` tests it once, while its coverage is measured.
MATHS := sla/tests
# Rules over generated cases: `make check` tries 50 of each, `make proof` ten times as many.
GENERATED := $(MATHS) contracts/tests/test_terms_round_trip.py metrics/tests/test_order.py tests/test_two_worlds.py intake/tests/test_mutated_exports.py

DESK_HOST ?= 127.0.0.1
PORT ?= 8000
run: export DESK_HOST := $(DESK_HOST)
run: export PORT := $(PORT)
run: export BASE_URL ?= http://$(DESK_HOST):$(PORT)

# What a production machine would say; the values are made up and open nothing.
PRODUCTION := DESK_MODE=production DEBUG=false \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_hex(48))') \
	BASE_URL=https://desk.example.com ALLOWED_HOSTS=desk.example.com NUM_PROXIES=1 \
	DATABASE_URL=postgres://desk_app@127.0.0.1:5432/desk REDIS_URL=redis://127.0.0.1:6379/0 \
	EMAIL_URL=smtp://127.0.0.1:25 DEFAULT_FROM_EMAIL=desk@example.com

.PHONY: help setup run demo test test-fast check static lint types types-baseline layers templates migrations deploy bench sizes trace upgrade-sample coverage mutation corpus proof race fuzz lock audit release clean

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PY):
	@python=""; \
	for candidate in "$${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do \
	  [ -n "$$candidate" ] || continue; \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed and none was found (looked for python3.11 to python3.14 and python3)."; \
	  echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11"; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version) …"; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$$python cannot make a virtual environment; on Debian install python3-venv and try again."; exit 1; }

$(RUNTIME): requirements.txt | $(PY)
	@echo "Installing the packages that the desk needs (10 to 40 seconds, once) …"
	@$(INSTALL) -r requirements.txt
	@$(CHECK_INSTALLED)
	@touch $@

$(DEV): requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing the packages that tests and checks need (about a minute, once) …"
	@$(INSTALL) -r requirements-dev.txt
	@$(CHECK_INSTALLED)
	@touch $(RUNTIME) $@

setup: $(DEV) ## make .venv with everything in it, and do no more

run: $(RUNTIME) ## open the desk: database, demo world, web, worker, beat, watch, broker (PORT=8000)
	@$(PY) manage.py desk --until-parent-leaves

demo: $(RUNTIME) ## rebuild the demo world; everything in the embedded database is lost
	@$(PY) manage.py demo --rebuild

test: $(DEV) ## all tests, on SQLite and on PostgreSQL, with a real broker and worker
	@$(PY) -m tests.support.matrix $(ARGS)

test-fast: $(DEV) ## in under two minutes: a quick choice of tests on SQLite; the last line names what was not run
	@$(PY) -m tests.support.matrix fast $(ARGS)

# The tests wait for browsers, workers and servers: the static checks run beside them.
check: ARGS := $(addprefix --ignore=,$(MATHS))
check: $(DEV) ## every static check and all tests; CI runs this
	@$(MAKE) --jobs=2 --keep-going test static coverage ARGS="$(ARGS)"

static: $(DEV) ## every static check, two at a time
	@$(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,--jobs=2) --output-sync=target lint types layers templates migrations deploy

lint: $(DEV) ## ruff: mistakes and format
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

types: $(DEV) ## mypy: the maths has no errors, other packages no more than tests/data/type_errors.txt
	@$(VENV)/bin/mypy
	@$(PY) -m tests.support.type_errors

types-baseline: $(DEV) ## write the known type errors anew; refuses more than there were
	@$(PY) -m tests.support.type_errors --write

layers: $(DEV) ## imports run downwards only
	@$(VENV)/bin/lint-imports

templates: $(DEV) ## djlint on the templates
	@$(VENV)/bin/djlint templates --lint --quiet

migrations: $(DEV) ## the migrations say what the models say
	@$(PY) manage.py makemigrations --check --dry-run

deploy: $(DEV) ## Django's and our own checks of a production machine's settings
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

bench: $(DEV) ## measure against references, with REFERENCE=path/to/clone also an earlier commit; results in benchmarks/results/
	@$(PY) -m benchmarks $(ARGS)

sizes: | $(PY) ## lines of code per package, lengths of functions, and what is too long
	@$(PY) -m tests.support.sizes

proof: $(DEV) ## compare verdicts with a plain model over many random contracts, try rules on many cases, tamper with the record, attack the web server, and kill the workers of a file of a million rows; notes the outcome (WORLDS=5000 SEED=1000 TAMPERS=1000)
	@HYPOTHESIS_PROFILE=long $(VENV)/bin/pytest -q -n 2 --no-header $(GENERATED)
	@$(PY) -m tests.strangers
	@$(PY) -m tests.million 1000000 12 1 sqlite
	@$(PY) -m tests.million 1000000 12 1 postgresql
	@$(PY) -m record.tests $(or $(TAMPERS),1000) $(or $(SEED),1000)
	@$(PY) -m tests.plain_model $(or $(WORLDS),5000) $(or $(SEED),1000)

trace: $(DEV) ## the modules that a posted result and a claimed work item pass through (ARGS=--calls)
	@$(PY) -m tests.trace $(ARGS)

upgrade-sample: $(DEV) ## write the small database of this version that later versions must be able to upgrade
	@$(PY) -m tests.upgrades.make

# In one process: to start others and to hand them short tests takes as long again as the tests.
coverage: $(DEV) ## every line and branch of the maths is run by its own tests
	@$(VENV)/bin/pytest $(MATHS) -q -p no:cacheprovider --cov=sla --cov-branch --cov-fail-under=100

mutation: $(DEV) ## change the maths a little, thousands of times, and count what no test notices (MUTANTS='sla.verdicts*', rest, survivors)
	@$(PY) -m tests.support.mutation $(MUTANTS)

corpus: $(DEV) ## send a file of intake cases through the API (FILE=cases.jsonl)
	@test -n "$(FILE)" || { echo "Say which: make corpus FILE=cases.jsonl"; exit 2; }
	@$(PY) -m tests.corpus $(FILE)

race: $(DEV) ## 10,000 results, each sent 20 times at once through two server processes
	@RACE_IDS=10000 TEST_PROCESSES=0 $(PY) -m tests.support.matrix tests/test_race.py -q

fuzz: $(DEV) ## search for requests that break the desk (FUZZ_MINUTES=10)
	@$(PY) -m tests.fuzz $(or $(FUZZ_MINUTES),10)

lock: $(DEV) ## lock requirements*.txt anew from requirements*.in (UPGRADE=1 takes newer versions)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

audit: $(DEV) ## list all locked packages in var/sbom.cdx.json, and ask whether one has a known vulnerability (needs PyPI and api.osv.dev)
	@$(PY) deploy/audit.py $(ARGS)

release: | $(PY) ## check version, changelog, branch and tree, then tag this commit; nothing is pushed
	@$(PY) deploy/release.py

clean: ## remove caches and .venv; var/ with the data stays
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
