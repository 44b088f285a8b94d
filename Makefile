# kling_cost: `make demo` shows it, `make test` checks it; both set up .venv themselves and may be run again.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEMO_DAY := 2026-11-20

.PHONY: help demo test bench examples docs lint clean

help:
	@echo "make demo      price the sample campaign; its workbook and page go to build/"
	@echo "make test      set up and run every test"
	@echo "make bench     measure speed and memory, as ratios"
	@echo "make examples  make examples/ and reports/examples/ anew"
	@echo "make docs      make docs/request-rules.md and docs/problems.md anew"
	@echo "make lint      ruff and mypy"
	@echo "make clean     remove .venv, build and caches"

# set_up EXTRAS: a working .venv with the project in it, made anew where it is broken or pyproject.toml has changed.
# pip works on the .venv from outside, so that a Python without ensurepip (Debian's) will do.
define set_up
	@if ! $(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  rm -rf $(VENV); \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    || { echo "kling_cost needs Python 3.11 or newer; say make PYTHON=/path/to/python3" >&2; exit 2; }; \
	  echo "setting up $(VENV) …"; \
	  $(PYTHON) -m venv --without-pip $(VENV) || exit 2; \
	fi; \
	wanted="$(1) $$(cksum < pyproject.toml)"; \
	if [ "$$(cat $(VENV)/.holds 2>/dev/null)" != "$$wanted" ]; then \
	  rm -f $(VENV)/.holds; \
	  options="--disable-pip-version-check --quiet"; \
	  if $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m pip $$options --python $(RUN) install -e ".$(1)"; \
	  elif $(RUN) -m ensurepip >/dev/null 2>&1; then $(RUN) -m pip $$options install -e ".$(1)"; \
	  elif command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(RUN) -e ".$(1)"; \
	  else echo "no pip found: install python3-pip (Debian), or uv" >&2; exit 2; fi || exit 2; \
	  printf '%s' "$$wanted" > $(VENV)/.holds; \
	fi
endef

demo:
	$(call set_up,)
	@mkdir -p build
	@$(VENV)/bin/kling-cost report examples/campaign.yaml --as-of $(DEMO_DAY) \
	  -o build/budget.xlsx -o build/budget.html; status=$$?; [ $$status -eq 0 ] || exit $$status
	@echo
	@echo "The workbook and the page of the sample campaign lie in:"
	@echo "  $(CURDIR)/build/budget.xlsx"
	@echo "  $(CURDIR)/build/budget.html"

test:
	$(call set_up,[test])
	COVERAGE_FILE=$(VENV)/coverage $(RUN) -m pytest -n auto --cov=kling_cost --cov-report=term:skip-covered

bench:
	$(call set_up,[test,bench])
	$(RUN) -m benchmarks

examples:
	$(call set_up,[test])
	$(RUN) -m examples.make

docs:
	$(call set_up,[test])
	$(RUN) -m docs.make

lint:
	$(call set_up,[test])
	$(RUN) -m ruff format --check . && $(RUN) -m ruff check . && $(RUN) -m mypy

clean:
	rm -rf $(VENV) build dist mutants htmlcov .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
