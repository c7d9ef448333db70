# The few verbs of the project. Each is one or two plain commands; the README shows them for who has no make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
LIBRARY ?= .youju/library

.PHONY: run test lint evals bench clean

$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

run: $(VENV)/.installed
	$(BIN)/youju ingest corpus --library $(LIBRARY) --progress
	$(BIN)/youju serve --library $(LIBRARY) --host $(HOST) --port $(PORT)

# In three processes: each is done with the stores and servers of its part before the next begins. ARGS: one run of those.
test: $(VENV)/.installed-dev
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest tests/ingest
	$(BIN)/python -m pytest tests/app tests/evals
	$(BIN)/python -m pytest tests/test_*.py tests/browser
endif

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

evals: $(VENV)/.installed-dev
	$(BIN)/python -m evals run $(ARGS)
	$(BIN)/python -m evals checker

bench: $(VENV)/.installed-dev
	$(BIN)/python -m evals bench $(ARGS)

clean:
	rm -rf $(VENV) .youju reports .pytest_cache .mypy_cache .ruff_cache .hypothesis
