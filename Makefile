# Two commands: `make quickstart` and `make test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: quickstart test bench chaos lint types pytest format constraints clean

quickstart: .venv/installed
	$(BIN)/versus run quickstart

test: lint types pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The pyright wheel carries its own copy of pyright: nothing is downloaded.
types: .venv/installed-dev
	PYRIGHT_PYTHON_USE_BUNDLED_PYRIGHT=1 $(BIN)/pyright

# A process of tests that dies ends the suite; its tests given to another, xdist may wait for ever.
pytest: .venv/installed-dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder

# Every system against every Keras backend; goes on where it stopped. Takes an hour or more.
bench: .venv/installed-dev
	$(BIN)/python benchmarks/engine.py

# Kills a real study at 100 random moments; the test suite does a few.
chaos: .venv/installed-dev
	$(BIN)/python tests/studies/chaos.py

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One stamp per set of extras; both are made again when what they were made from changes.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "versus needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# The committed constraints.txt, written again from the environment as it stands.
constraints: .venv/installed-dev
	$(BIN)/python scripts/constraints.py > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
