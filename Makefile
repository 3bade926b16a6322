# Everything a newcomer needs: `make demo` and `make test`. Both set up a virtual environment inside this folder first.
# Given: Python 3.11, 3.12 or 3.13, and make. `make test` also wants Chromium, Node with npm, and PostgreSQL's server programs;
# it installs them with the system's package manager where it may, and otherwise says what is missing and skips those tests.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --no-annotate -q
SOURCES := keys idgateway mailbox runtime tests
WORKERS ?= 2

.PHONY: demo test lint bench clean lock format

demo: $(VENV)/.run  ## the whole story, on this machine: prints the links
	@exec $(BIN)/idgateway demo $(ARGS)

test: $(VENV)/.test  ## all tests, in parallel on two cores
	@.ci/system-parts
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

lint: $(VENV)/.test  ## style, types, and the directions between the houses
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.run  ## the first table of figures, each with the floor measured in the same run
	@$(BIN)/idgateway bench $(ARGS)

format: $(VENV)/.test
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

# Extras stay in the lock: pip takes "coverage[toml]" of a pinned package for another one, finds its newest release, and refuses
# that for want of a hash.
lock: $(VENV)/.test  ## renew the pinned requirements; they name no index
	$(LOCK) pyproject.toml --extra postgres requirements/build.in -o requirements/run.txt
	$(LOCK) pyproject.toml --extra postgres requirements/build.in requirements/test.in -o requirements/test.txt

clean:
	rm -rf $(VENV) build dist node_modules tests/peers/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@.ci/virtual-environment $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the product needs (pinned, with hashes) ..."
	@test -e $(VENV)/.test || $(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need (pinned, with hashes) ..."
	@$(PIP) install --require-hashes -r requirements/test.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run
