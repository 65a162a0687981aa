# Everything runs in .venv, made on first use: Python 3.11 or newer, pip and make are all it takes.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# More than cores: many tests wait, for child processes, sockets and screens.
WORKERS ?= 4
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
STAMP = $(VENV)/.installed

# Else each of some hundred child processes would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test check bench soak snapshots format clean

install: $(STAMP)  ## the environment, made where there is none

demo: $(STAMP)  ## see a scripted run end to end
	$(BIN)/duologue demo

test: $(STAMP)  ## the test suite, in parallel
	$(PYTEST) tests

check: $(STAMP)  ## lint, format, types, import contracts
	$(BIN)/ruff check agents tests
	$(BIN)/ruff format --check agents tests
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## measure, and print ratios
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.record
	$(BIN)/python -m tests.benchmarks.resume
	$(BIN)/python -m tests.benchmarks.screen
	$(BIN)/python -m tests.benchmarks.drafting

soak: $(STAMP)  ## the long versions of the durability and fuzz tests
	DUOLOGUE_SOAK=1 $(PYTEST) --timeout 3600 tests

snapshots: $(STAMP)  ## keep the screens as they look now, after a change that was meant
	DUOLOGUE_RENEW_SNAPSHOTS=1 $(BIN)/python -m pytest tests/tui/test_tui_snapshots.py

format: $(STAMP)
	$(BIN)/ruff check --fix agents tests
	$(BIN)/ruff format agents tests

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@
