# Amiko: `make demo` shows the main job, `make test` proves it. Both set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Left by an installation that finished; older than pyproject.toml, it is done again.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_BENCH := $(VENV)/.installed-bench

.PHONY: help setup demo test check bench clean

help:
	@echo "make demo    replay a clip through the worker, the database and the bot into two chats"
	@echo "make test    run the tests, those of PostgreSQL where it is installed (Debian: postgresql)"
	@echo "make check   format, lint and types"
	@echo "make bench   the benchmarks"
	@echo "make setup   only the virtual environment"
	@echo "make clean   remove the virtual environment and everything that was made"

setup: $(INSTALLED)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Amiko needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo "Installing Amiko into $(VENV); the first time this fetches several GB (PyTorch) and takes some minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(INSTALLED_DEV): pyproject.toml | $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(INSTALLED_BENCH): pyproject.toml | $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

demo: $(INSTALLED)
	$(BIN)/amiko demo $(ARGS)

test: $(INSTALLED_DEV)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: $(INSTALLED_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(INSTALLED_BENCH)
	missed=0; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || missed=1; done; \
	echo "== benchmarks.routing"; $(BIN)/python -m benchmarks.routing && exit $$missed

clean:
	rm -rf $(VENV) build dist data/demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
