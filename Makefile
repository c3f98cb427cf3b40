# From nothing to a result in one command each. The environment is made once, from the lock, and kept in $(VENV).

PYTHON ?= python3
VENV ?= .venv
JOBS ?= auto
ARGS ?=

BIN := $(VENV)/bin
REQUIREMENTS := $(VENV)/.requirements
READY := $(VENV)/.ready
RESOLVER := .cache/resolver

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test slow check format bench firmware emulator interop multi package lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## the main jobs: messages to a host node, a virtual board, and by way of a project
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python scripts/demo.py $(ARGS)

test: $(READY) ## the fast suite, on CPython and MicroPython (ARGS=... goes to pytest)
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

slow: $(READY) ## the tests that take longer
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m slow $(ARGS)

check: $(READY) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## mend what `make check` says about style, where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## figures, each beside a floor or a peer
	$(BIN)/python tests/bench/run.py $(ARGS)

firmware: ## MicroPython for the Pico with uockam inside, build/firmware/RPI_PICO.uf2; needs Debian's apt
	scripts/firmware/build

emulator: $(READY) firmware ## that firmware on an emulated Pico
	$(BIN)/pytest -n 0 -o faulthandler_timeout=1980 -m emulator tests/emulator tests/host/device $(ARGS)

interop: $(READY) ## against the real ockam command and crates, built once (about 20 minutes), and others; needs cargo and npm
	tests/interop/build-ockam
	tests/interop/build-peer
	tests/interop/build-provider
	$(BIN)/pytest -m interop tests/interop $(ARGS)

multi: $(READY) ## several gateways with nats-server and PostgreSQL, of this system or fetched with Debian's apt
	tests/multi/get-servers
	$(BIN)/pytest -m multi tests/multi $(ARGS)

package: $(READY) ## write firmware/package.json anew, after a file of the core came or went
	$(BIN)/python scripts/package_json.py

lock: ## write requirements.lock anew, with the newest versions that pyproject.toml allows
	test -x $(RESOLVER)/bin/uv || { $(PYTHON) -m venv $(RESOLVER) && $(RESOLVER)/bin/pip install --quiet uv; }
	$(RESOLVER)/bin/uv pip compile pyproject.toml --extra image --extra orchestrator --extra scale --extra virtual --group dev --group emulator --universal --python-version 3.10 \
	    --upgrade --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## remove everything that was made here
	rm -rf $(VENV) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(REQUIREMENTS): requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

$(READY): $(REQUIREMENTS) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
