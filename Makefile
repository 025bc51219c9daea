# The two commands of the README are `make run` and `make test`. Everything else is for those who work on it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORLD  ?= sandbox-world
ARGS   ?=

.PHONY: run test lint fix unit wheel bench checks fuzz clean

run: $(VENV)/.installed
	$(BIN)/duis-gateway sandbox --dir $(WORLD) $(ARGS)

test: lint unit wheel

lint: $(VENV)/.developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: $(VENV)/.developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit: $(VENV)/.developing
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

# What is shipped imports from an empty environment: `schemas` and `routing` are names that others use too.
wheel: $(VENV)/.developing
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	rm -rf build/clean && $(PYTHON) -m venv build/clean
	build/clean/bin/pip install --quiet --disable-pip-version-check dist/*.whl
	cd build && clean/bin/python -c "import schemas.xsd, cpl, routing.decision, gbcs.build, gateway.service, benchmarks; schemas.xsd.own_schema()"
	build/clean/bin/duis-gateway --help >/dev/null

bench: $(VENV)/.installed
	$(BIN)/duis-gateway bench $(ARGS)

checks: $(VENV)/.installed
	$(BIN)/duis-gateway checks $(ARGS)

# An hour of Atheris and Hypothesis; ARGS="--seconds 60" for less. What they find stays in .fuzz/found.
fuzz: $(VENV)/.developing
	$(BIN)/python tests/fuzz/fuzz.py $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .client_kit $(WORLD) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m pip install --quiet virtualenv && $(PYTHON) -m virtualenv $(VENV); }

# The dependency groups of pyproject.toml need pip 25.1.
$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --group dev
	touch $@
